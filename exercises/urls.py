from django.urls import path

from exercises import views

app_name = "exercises"
urlpatterns = [
    path("", views.notices, name="list"),
    path("<int:pk>/", views.receipt, name="receipt"),
    path("<int:pk>/receipt.pdf", views.receipt_document, name="receipt_document"),
    path("awards/<int:award_pk>/", views.enter, name="enter"),
    path("awards/<int:award_pk>/review/", views.review, name="review"),
    path("awards/<int:award_pk>/confirm/", views.confirm, name="confirm"),
]
