"""The OAuth2 providers that a collection may name, in the order in which they are offered."""

from collections.abc import Mapping
from typing import Final

PROVIDERS: Final[Mapping[str, str]] = {
    "apple": "Apple",
    "google": "Google",
    "microsoft": "Microsoft",
    "yandex": "Yandex",
    "facebook": "Facebook",
    "instagram2": "Instagram",
    "github": "GitHub",
    "gitlab": "GitLab",
    "bitbucket": "Bitbucket",
    "gitee": "Gitee",
    "gitea": "Gitea/Forgejo",
    "discord": "Discord",
    "twitter": "X/Twitter",
    "kakao": "Kakao",
    "vk": "ВКонтакте",
    "linear": "Linear",
    "notion": "Notion",
    "monday": "monday.com",
    "lark": "Lark",
    "box": "Box",
    "spotify": "Spotify",
    "trakt": "Trakt",
    "twitch": "Twitch",
    "patreon": "Patreon",
    "strava": "Strava",
    "wakatime": "WakaTime",
    "livechat": "LiveChat",
    "mailcow": "mailcow",
    "planningcenter": "Planning Center",
    "oidc": "OIDC",
    "oidc2": "OIDC",
    "oidc3": "OIDC",
}
"""Name to what people call it."""
