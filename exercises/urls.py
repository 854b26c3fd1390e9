from django.urls import path

from exercises import statement_views, views

app_name = "exercises"
urlpatterns = [
    path("", views.notices, name="list"),
    path("<int:pk>/", views.receipt, name="receipt"),
    path("<int:pk>/receipt.pdf", views.receipt_document, name="receipt_document"),
    path("<int:pk>/question/", views.ask, name="ask"),
    path("statements/", statement_views.statements, name="statements"),
    path("statements/<int:pk>/statement.pdf", statement_views.statement_document, name="statement_document"),
    path("statements/<int:pk>/statement.json", statement_views.statement_bundle, name="statement_bundle"),
    path("statements/verify/", statement_views.verify_bundle, name="verify"),
    path("awards/<int:award_pk>/", views.enter, name="enter"),
    path("awards/<int:award_pk>/review/", views.review, name="review"),
    path("awards/<int:award_pk>/confirm/", views.confirm, name="confirm"),
]
