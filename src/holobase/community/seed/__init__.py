"""Demo data: an instance worth looking at, made of the same commands that people send."""

from holobase.community.seed.people import DEMO_ACCOUNTS, DemoAccount
from holobase.community.seed.plan import count, plan
from holobase.community.seed.step import Step

__all__ = ["DEMO_ACCOUNTS", "DemoAccount", "Step", "count", "plan"]
