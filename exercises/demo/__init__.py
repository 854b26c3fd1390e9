"""The demo company: fictional people, prices and a fictional history, written by the portal's own actions."""
