from django.urls import path

from awards import profile_views as views

app_name = "profile"
urlpatterns = [path("profile/", views.profile, name="profile")]
