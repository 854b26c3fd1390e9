from django.urls import path

from awards import question_views, views, welcome_views
from awards.what_if import views as suppositions

app_name = "awards"
urlpatterns = [
    path("", views.home, name="home"),
    path("awards/", views.awards, name="list"),
    path("welcome/", welcome_views.welcome, name="welcome"),
    path("welcome/seen/", welcome_views.seen, name="welcome_seen"),
    path("awards/<int:pk>/welcome/", welcome_views.welcome, name="welcome_award"),
    path("awards/<int:pk>/", views.award, name="award"),
    path("awards/<int:pk>/letter/", views.letter, name="letter"),
    path("awards/<int:pk>/letter/document/", views.letter_document, name="letter_document"),
    path("awards/<int:pk>/what-if/", suppositions.what_if, name="what_if"),
    path("awards/<int:pk>/change/", suppositions.change, name="change"),
    path("awards/<int:pk>/wait/", suppositions.wait, name="wait"),
    path("awards/<int:pk>/leave/", suppositions.leave, name="leave"),
    path("awards/<int:pk>/question/", question_views.ask, name="ask"),
    path("awards/<int:pk>/questions/", question_views.asked, name="questions"),
    path("awards/<int:pk>/questions/<int:question_pk>/", question_views.question, name="question"),
    path("leave/", suppositions.leave_all, name="leave_all"),
    path("agreements/<int:pk>/", views.agreement, name="agreement"),
]
