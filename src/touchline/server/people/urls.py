"""The app's URLs. Every one says who may go there (`access.needs`)."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.openid_connect import views as organisation
from django.urls import path

from touchline.server.people.access import needs
from touchline.server.people.views import account as own
from touchline.server.people.views import entering, mails, settings

_anyone, _person = needs("public"), needs("signed-in")

urlpatterns = [
    path("", own.start, name="start"),
    path("setup/<str:token>", entering.set_up, name="setup"),
    path("join/<str:token>", entering.join, name="join"),
    path("reset/<str:token>", entering.reset, name="reset"),
    path("login", _anyone(account.login), name="account_login"),
    path("login/second-factor", _anyone(factor.authenticate), name="mfa_authenticate"),
    path("login/closed", _anyone(account.account_inactive), name="account_inactive"),
    path("login/cancelled", _anyone(social.login_cancelled), name="socialaccount_login_cancelled"),
    path("login/error", _anyone(social.login_error), name="socialaccount_login_error"),
    path("oidc/<str:provider_id>/login", _anyone(organisation.login), name="openid_connect_login"),
    path("oidc/<str:provider_id>/callback", _anyone(organisation.callback), name="openid_connect_callback"),
    path("logout", _anyone(account.logout), name="account_logout"),
    path("account", own.account, name="account"),
    path("account/name", own.rename, name="account_rename"),
    path("account/mails", mails.mails, name="account_mails"),
    path("account/password", _person(account.password_change), name="account_change_password"),
    path("account/password/first", own.to_account, name="account_set_password"),
    path("account/confirm", _person(account.reauthenticate), name="account_reauthenticate"),
    path("account/confirm/code", _person(factor.reauthenticate), name="mfa_reauthenticate"),
    path("account/second-factor", own.to_account, name="mfa_index"),
    path("account/organisations", own.to_account, name="socialaccount_connections"),
    path("account/second-factor/on", _person(totp.activate_totp), name="mfa_activate_totp"),
    path("account/second-factor/off", _person(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("account/recovery-codes", _person(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("account/recovery-codes/new", _person(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("account/recovery-codes/file", _person(codes.download_recovery_codes), name="mfa_download_recovery_codes"),
    path("account/sessions/others/end", own.end_all_others, name="end_other_sessions"),
    path("account/sessions/<str:number>/end", own.end_session, name="end_session"),
    path("settings", settings.to_people, name="settings"),
    path("settings/people", settings.people, name="people"),
    path("settings/people/invite", settings.invite, name="invite"),
    path("settings/people/<int:number>/change", settings.change_member, name="change_member"),
    path("settings/people/<int:number>/remove", settings.remove_member, name="remove_member"),
    path("settings/people/<int:number>/reset", settings.offer_reset, name="offer_reset"),
    path("settings/invitations/<int:number>/revoke", settings.revoke_invitation, name="revoke_invitation"),
    path("settings/keys", settings.api_keys, name="keys"),
    path("settings/keys/create", settings.create_key, name="create_key"),
    path("settings/keys/<str:prefix>/rotate", settings.rotate_key, name="rotate_key"),
    path("settings/keys/<str:prefix>/revoke", settings.revoke_key, name="revoke_key"),
    path("settings/audit", settings.audit_log, name="audit"),
    path("settings/audit/export", settings.export_audit, name="export_audit"),
]
