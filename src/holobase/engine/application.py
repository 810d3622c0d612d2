"""Everything an endpoint may ask of the engine, put together once."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from holobase.engine.access import Rules
from holobase.engine.accounts import purging
from holobase.engine.accounts.attempts import Attempts
from holobase.engine.accounts.passkeys import Passkeys
from holobase.engine.accounts.passwords import Passwords
from holobase.engine.accounts.principals import Principals
from holobase.engine.accounts.refusals import Refusals
from holobase.engine.accounts.registry import Registry
from holobase.engine.accounts.sessions import Sessions
from holobase.engine.audit import Audit
from holobase.engine.batch import Batches
from holobase.engine.catalogue import Catalogue
from holobase.engine.collections.changes import Collections
from holobase.engine.counts import Counts
from holobase.engine.expand import Expander
from holobase.engine.files.finding import Finder
from holobase.engine.files.keeper import Keeper
from holobase.engine.files.places import Places
from holobase.engine.files.thumbs import Thumbs
from holobase.engine.files.tools import FileTools
from holobase.engine.flows import Desk, Flows, flows
from holobase.engine.instance_settings import KeptSettings
from holobase.engine.jobs import Job, Jobs
from holobase.engine.kernel import Kernel
from holobase.engine.login import Login
from holobase.engine.mail.postbox import Postbox
from holobase.engine.mail.queue import Queue
from holobase.engine.oauth2.flow import OAuth2Login
from holobase.engine.permissions import Permissions
from holobase.engine.reading import Cursors, Reading
from holobase.engine.realtime import Realtime
from holobase.engine.writing import Writing
from holobase.ports.fetch import Fetcher
from holobase.ports.hub import Alone, Hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What an operator lets things cost."""

    hash_threads: int
    hash_queue_max: int
    comparisons_max: int
    failed_logins_max: int


class Application(msgspec.Struct, frozen=True):
    """The engine behind the wire."""

    kernel: Kernel
    catalogue: Catalogue
    reading: Reading
    writing: Writing
    batches: Batches
    login: Login
    oauth2: OAuth2Login
    flows: Flows
    postbox: Postbox
    principals: Principals
    registry: Registry
    sessions: Sessions
    passkeys: Passkeys
    refusals: Refusals
    attempts: Attempts
    passwords: Passwords
    permissions: Permissions
    rules: Rules
    instance_settings: KeptSettings
    places: Places
    keeper: Keeper
    finder: Finder
    thumbs: Thumbs
    collections: Collections
    jobs: Jobs
    fetcher: Fetcher
    realtime: Realtime
    audit: Audit


def assemble(
    kernel: Kernel,
    fetcher: Fetcher,
    tools: FileTools,
    mail: Callable[[Queue, KeptSettings], Postbox],
    bounds: Bounds,
    hub: Hub | None = None,
) -> Application:
    """Puts an opened kernel's application together. `hub`: the other processes, if any."""
    rules = Rules(kernel.catalogue, kernel.store, bounds.comparisons_max)
    passwords = Passwords(bounds.hash_threads, bounds.hash_queue_max)
    registry = Registry(kernel, rules)
    sessions, jobs = Sessions(kernel, registry), Jobs(*purging.jobs(kernel))
    jobs.add(Job("sessions", "17 * * * *", registry.forget_expired))
    principals = Principals(kernel.catalogue, kernel.store, rules, registry)
    permissions = Permissions(kernel.catalogue, kernel.store, rules)
    expander = Expander(kernel.catalogue, kernel.store, rules)
    instance_settings = KeptSettings(kernel)
    refusals = Refusals(kernel)
    attempts = Attempts(hub or Alone(), instance_settings, bounds.failed_logins_max)
    passkeys = Passkeys(kernel, principals, instance_settings)
    counts, cursors = Counts(kernel.store), Cursors(kernel.sealer)
    places = tools.make_places(instance_settings)
    keeper = Keeper(kernel, places, tools.depot(kernel, places))
    finder = Finder(kernel.catalogue, kernel.store, rules, principals, instance_settings)
    writing = Writing(kernel, rules, passwords, principals, permissions, keeper, attempts)
    postbox = mail(Queue(kernel.store), instance_settings)
    login = Login(
        kernel,
        rules,
        passwords,
        principals,
        instance_settings,
        postbox,
        sessions,
        passkeys,
        refusals,
        attempts,
    )
    desk = Desk(kernel, passwords, principals, postbox, attempts)
    return Application(
        kernel=kernel,
        catalogue=kernel.catalogue,
        reading=Reading(kernel.store, rules, counts, expander, cursors),
        writing=writing,
        batches=Batches(kernel, writing),
        login=login,
        oauth2=OAuth2Login(kernel, rules, writing, principals, login, fetcher),
        flows=flows(desk, login, hub or Alone()),
        postbox=postbox,
        principals=principals,
        registry=registry,
        sessions=sessions,
        passkeys=passkeys,
        refusals=refusals,
        attempts=attempts,
        passwords=passwords,
        permissions=permissions,
        rules=rules,
        instance_settings=instance_settings,
        places=places,
        keeper=keeper,
        finder=finder,
        thumbs=Thumbs(tools.imaging, tools.locks, finder, tools.on_failure),
        collections=Collections(kernel, instance_settings, bounds.comparisons_max),
        audit=Audit(kernel, rules),
        jobs=jobs,
        fetcher=fetcher,
        realtime=Realtime(kernel, rules, principals, hub or Alone()),
    )
