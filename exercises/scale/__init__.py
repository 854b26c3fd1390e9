"""A large company with a lawful history, made quickly: to size a server, and for the benchmark."""
