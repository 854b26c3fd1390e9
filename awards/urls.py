from django.urls import path

from awards import views

app_name = "awards"
urlpatterns = [
    path("", views.home, name="home"),
    path("awards/<int:pk>/", views.award, name="award"),
    path("awards/<int:pk>/letter/", views.letter, name="letter"),
    path("awards/<int:pk>/letter/document/", views.letter_document, name="letter_document"),
    path("agreements/<int:pk>/", views.agreement, name="agreement"),
]
