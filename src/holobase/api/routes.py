"""The table of contents of the wire: every route, what answers it and who may call it."""

from collections.abc import Iterator

from holobase.api.account_flows import AccountFlows
from holobase.api.accounts import Accounts
from holobase.api.audit import AuditEndpoint
from holobase.api.backups import BackupEndpoints
from holobase.api.batch import BatchEndpoint
from holobase.api.collections import CollectionEndpoints
from holobase.api.crons import Crons
from holobase.api.files.direct import DirectUploads
from holobase.api.files.downloads import Downloads
from holobase.api.files.resumable import Resumable
from holobase.api.files.testing import StorageTest
from holobase.api.guards import ACCOUNT, SAME_COLLECTION, SUPERUSER, may
from holobase.api.landing import landing, landing_without_slash
from holobase.api.limits import Limits
from holobase.api.logs import Logs
from holobase.api.oauth2 import OAuth2Endpoints
from holobase.api.openapi.endpoints import OpenApi
from holobase.api.passkeys import PasskeyEndpoints
from holobase.api.permissions import PermissionEndpoint
from holobase.api.realtime import RealtimeEndpoints
from holobase.api.records import Records
from holobase.api.router import Route
from holobase.api.sessions import SessionEndpoints
from holobase.api.settings import SettingsEndpoints
from holobase.api.sql import Sql
from holobase.api.surroundings import Surroundings
from holobase.api.system import System
from holobase.engine.application import Application

COLLECTIONS = "/api/collections"
COLLECTION = "/api/collections/{collection}"
RECORDS = "/api/collections/{collection}/records"


def routes(application: Application, surroundings: Surroundings) -> list[Route]:
    """All of them; the order means nothing."""
    body_bytes_max = surroundings.body_bytes_max
    limits = Limits(application, surroundings.hub)
    accounts = Accounts(application)
    found = [
        *_records(Records(application, limits, body_bytes_max)),
        *_accounts(accounts),
        *_flows(AccountFlows(application, accounts)),
        *_collections(CollectionEndpoints(application, body_bytes_max)),
        *_settings(SettingsEndpoints(application)),
        Route("POST", "/api/batch", BatchEndpoint(application, limits).run),
        *_files(Downloads(application)),
        *_uploads(Resumable(application), DirectUploads(application)),
        Route(
            "POST",
            "/api/settings/test/s3",
            StorageTest(application, surroundings.log_error).run,
            SUPERUSER,
        ),
        *_realtime(RealtimeEndpoints(application)),
        *_passkeys(PasskeyEndpoints(application)),
        *_sessions(SessionEndpoints(application)),
        Route("GET", "/api/permissions", PermissionEndpoint(application).show, ACCOUNT),
        Route("GET", "/api/audit", AuditEndpoint(application).page, may("audit.read")),
        *_oauth2(OAuth2Endpoints(application)),
        *_backups(BackupEndpoints(application, surroundings.backups)),
        *_crons(Crons(application, surroundings.start_job)),
        *_logs(Logs(surroundings.request_logs)),
        Route("POST", "/api/sql", Sql(application, surroundings.console).run, SUPERUSER),
        *_system(System(application, surroundings.is_ready, surroundings.backups)),
    ]
    found.extend(_openapi(OpenApi(application, found)))  # the document tells of itself too
    return found


def _records(records: Records) -> Iterator[Route]:
    yield Route("GET", RECORDS, records.page)
    yield Route("POST", RECORDS, records.create)
    yield Route("GET", f"{RECORDS}/{{id}}", records.view)
    yield Route("PATCH", f"{RECORDS}/{{id}}", records.update)
    yield Route("DELETE", f"{RECORDS}/{{id}}", records.delete)


def _accounts(accounts: Accounts) -> Iterator[Route]:
    yield Route("GET", f"{COLLECTION}/auth-methods", accounts.methods)
    yield Route("POST", f"{COLLECTION}/auth-with-password", accounts.auth_with_password)
    yield Route("POST", f"{COLLECTION}/auth-with-oauth2", accounts.auth_with_oauth2)
    yield Route("POST", f"{COLLECTION}/auth-with-passkey", accounts.auth_with_passkey)
    yield Route("POST", f"{COLLECTION}/auth-refresh", accounts.auth_refresh, SAME_COLLECTION)
    yield Route("POST", f"{COLLECTION}/impersonate/{{id}}", accounts.impersonate, SUPERUSER)
    yield Route("POST", "/api/admins/auth-with-password", accounts.admin_with_password)
    yield Route("POST", "/api/admins/auth-refresh", accounts.admin_refresh, SUPERUSER)


def _passkeys(passkeys: PasskeyEndpoints) -> Iterator[Route]:
    path = f"{COLLECTION}/passkeys"
    yield Route("POST", path, passkeys.register, SAME_COLLECTION)
    yield Route(
        "POST", f"{path}/registration-options", passkeys.registration_options, SAME_COLLECTION
    )
    yield Route("POST", f"{path}/login-options", passkeys.login_options)


def _sessions(sessions: SessionEndpoints) -> Iterator[Route]:
    yield Route("GET", "/api/sessions", sessions.page, ACCOUNT)
    yield Route("DELETE", "/api/sessions", sessions.end_all, ACCOUNT)
    yield Route("POST", "/api/sessions/end-others", sessions.end_others, ACCOUNT)
    yield Route("DELETE", "/api/sessions/{id}", sessions.end, ACCOUNT)


def _flows(flows: AccountFlows) -> Iterator[Route]:
    yield Route("POST", f"{COLLECTION}/request-otp", flows.request_otp)
    yield Route("POST", f"{COLLECTION}/auth-with-otp", flows.auth_with_otp)
    yield Route("POST", f"{COLLECTION}/request-password-reset", flows.request_password_reset)
    yield Route("POST", f"{COLLECTION}/confirm-password-reset", flows.confirm_password_reset)
    yield Route("POST", f"{COLLECTION}/request-verification", flows.request_verification)
    yield Route("POST", f"{COLLECTION}/confirm-verification", flows.confirm_verification)
    yield Route(
        "POST", f"{COLLECTION}/request-email-change", flows.request_email_change, SAME_COLLECTION
    )
    yield Route("POST", f"{COLLECTION}/confirm-email-change", flows.confirm_email_change)


def _collections(collections: CollectionEndpoints) -> Iterator[Route]:
    read = may("collections.read")
    yield Route("GET", COLLECTIONS, collections.page, read)
    yield Route("POST", COLLECTIONS, collections.create, SUPERUSER)
    yield Route("GET", COLLECTION, collections.view, read)
    yield Route("PATCH", COLLECTION, collections.update, SUPERUSER)
    yield Route("DELETE", COLLECTION, collections.delete, SUPERUSER)
    yield Route("DELETE", f"{COLLECTION}/truncate", collections.truncate, SUPERUSER)
    yield Route("PUT", f"{COLLECTIONS}/import", collections.import_all, SUPERUSER)
    yield Route("GET", f"{COLLECTIONS}/meta/scaffolds", collections.scaffolds, read)
    yield Route("GET", f"{COLLECTIONS}/meta/oauth2-providers", collections.providers, read)
    yield Route("POST", f"{COLLECTIONS}/meta/dry-run-view", collections.dry_run_view, SUPERUSER)


def _settings(settings: SettingsEndpoints) -> Iterator[Route]:
    yield Route("GET", "/api/settings", settings.show, may("settings.read"))
    yield Route("PATCH", "/api/settings", settings.change, may("settings.write"))
    yield Route("POST", "/api/settings/test/email", settings.test_email, may("settings.write"))


def _files(downloads: Downloads) -> Iterator[Route]:
    yield Route("GET", "/api/files/{collection}/{id}/{file}", downloads.download)
    yield Route("POST", "/api/files/token", downloads.token, ACCOUNT)


def _uploads(resumable: Resumable, direct: DirectUploads) -> Iterator[Route]:
    yield Route("POST", "/api/uploads", resumable.begin, ACCOUNT)
    yield Route("GET", "/api/uploads/{id}", resumable.show, ACCOUNT)
    yield Route("PATCH", "/api/uploads/{id}", resumable.go_on, ACCOUNT)
    yield Route("DELETE", "/api/uploads/{id}", resumable.give_up, ACCOUNT)
    yield Route("POST", "/api/uploads/{id}", resumable.override, ACCOUNT)
    yield Route("POST", "/api/storage/presign-upload", direct.announce, ACCOUNT)
    yield Route("POST", "/api/storage/verify-upload", direct.verify, ACCOUNT)


def _oauth2(oauth2: OAuth2Endpoints) -> Iterator[Route]:
    yield Route("GET", "/api/oauth2-redirect", oauth2.redirect)
    yield Route("POST", "/api/oauth2-redirect", oauth2.redirect)
    yield Route("GET", "/_/", landing)
    yield Route("GET", "/_", landing_without_slash)
    path = "/api/settings/apple/generate-client-secret"
    yield Route("POST", path, oauth2.apple_secret, may("settings.write"))


def _realtime(realtime: RealtimeEndpoints) -> Iterator[Route]:
    yield Route("GET", "/api/realtime", realtime.connect)
    yield Route("POST", "/api/realtime", realtime.subscribe)
    yield Route("POST", "/api/realtime/broadcast", realtime.broadcast, ACCOUNT)


def _backups(backups: BackupEndpoints) -> Iterator[Route]:
    path, create, restore = "/api/backups", may("backups.create"), may("backups.restore")
    yield Route("GET", path, backups.listed, create)
    yield Route("POST", path, backups.create, create)
    yield Route("POST", f"{path}/upload", backups.upload, restore)
    yield Route("GET", f"{path}/{{key}}", backups.download)
    yield Route("DELETE", f"{path}/{{key}}", backups.delete, create)
    yield Route("POST", f"{path}/{{key}}/restore", backups.restore, restore)


def _crons(crons: Crons) -> Iterator[Route]:
    yield Route("GET", "/api/crons", crons.page, may("crons.run"))
    yield Route("POST", "/api/crons/{id}", crons.run, may("crons.run"))


def _logs(logs: Logs) -> Iterator[Route]:
    read = may("logs.read")
    yield Route("GET", "/api/logs", logs.page, read)
    yield Route("DELETE", "/api/logs", logs.clear, SUPERUSER)
    yield Route("GET", "/api/logs/stats", logs.stats, read)
    yield Route("GET", "/api/logs/{id}", logs.view, read)


def _openapi(openapi: OpenApi) -> Iterator[Route]:
    yield Route("GET", "/api/openapi.json", openapi.document)
    yield Route("GET", "/api/docs", openapi.page)
    yield Route("GET", "/api/docs/{part}", openapi.part)


def _system(system: System) -> Iterator[Route]:
    yield Route("GET", "/api/health", system.health)
    yield Route("GET", "/livez", system.live)
    yield Route("GET", "/readyz", system.ready)
