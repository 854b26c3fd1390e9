from django.urls import path

from awards import told_views as views

app_name = "told"
urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/read/", views.read_all, name="read_all"),
    path("inbox/<int:pk>/read/", views.read, name="read"),
    path("preferences/", views.preferences, name="preferences"),
    path("preferences/calendar/", views.make_calendar, name="make_calendar"),
    path("preferences/calendar/revoke/", views.revoke_calendar, name="revoke_calendar"),
    path("language/", views.language, name="language"),
    path("calendar/<int:pk>/<str:secret>/options.ics", views.calendar, name="calendar"),
]
