"""The providers there are, in the order in which they are offered: where each is asked, for what,
and how what it tells is read. What a collection configures wins over what stands here.
"""

from collections.abc import Mapping
from typing import Final

from holobase.engine.oauth2 import people
from holobase.engine.oauth2.kinds import IdToken, ProviderKind
from holobase.engine.oauth2.people import Addresses, Reading

_GOOGLE_SCOPE: Final = "https://www.googleapis.com/auth/userinfo"
_MICROSOFT: Final = "https://login.microsoftonline.com/common/oauth2/v2.0"
_LARK: Final = "open-apis/authen"

_OWN_VERIFIED: Final = Addresses("+/emails", (("verified", True), ("primary", True)))

_OIDC: Final = ProviderKind(
    "OIDC",
    scopes=("openid", "email", "profile"),
    reading=Reading("sub", "name", "preferred_username", "email", "picture", ("email_verified",)),
    speaks_oidc=True,
)

PROVIDERS: Final[Mapping[str, ProviderKind]] = {
    "apple": ProviderKind(
        "Apple",
        "https://appleid.apple.com/auth/authorize",
        "https://appleid.apple.com/auth/token",
        scopes=("name", "email"),
        reading=Reading("sub", email="email", vouched=("email_verified",)),
        auth_query={"response_mode": "form_post"},
        id_token=IdToken(("https://appleid.apple.com",), "https://appleid.apple.com/auth/keys"),
        speaks_oidc=True,
    ),
    "google": ProviderKind(
        "Google",
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
        "https://www.googleapis.com/oauth2/v3/userinfo",
        (f"{_GOOGLE_SCOPE}.profile", f"{_GOOGLE_SCOPE}.email"),
        Reading("sub", email="email", avatar_url="picture", vouched=("email_verified",)),
    ),
    "microsoft": ProviderKind(
        "Microsoft",
        f"{_MICROSOFT}/authorize",
        f"{_MICROSOFT}/token",
        "https://graph.microsoft.com/v1.0/me",
        ("User.Read",),
        Reading(name="displayName", email="mail", adjust=people.microsoft),
    ),
    "yandex": ProviderKind(
        "Yandex",
        "https://oauth.yandex.com/authorize",
        "https://oauth.yandex.com/token",
        "https://login.yandex.ru/info",
        ("login:email", "login:avatar", "login:info"),
        Reading(name="real_name", username="login", email="default_email", adjust=people.yandex),
    ),
    "facebook": ProviderKind(
        "Facebook",
        "https://www.facebook.com/v3.2/dialog/oauth",
        "https://graph.facebook.com/v3.2/oauth/access_token",
        "https://graph.facebook.com/me?fields=name,email,picture.type(large)",
        ("email",),
        Reading(email="email", avatar_url="picture.data.url"),
    ),
    "instagram2": ProviderKind(
        "Instagram",
        "https://www.instagram.com/oauth/authorize",
        "https://api.instagram.com/oauth/access_token",
        "https://graph.instagram.com/me?fields=id,username,account_type,user_id,name,"
        "profile_picture_url,followers_count,follows_count,media_count",
        ("instagram_business_basic",),
        Reading("user_id", username="username", avatar_url="profile_picture_url"),
    ),
    "github": ProviderKind(
        "GitHub",
        "https://github.com/login/oauth/authorize",
        "https://github.com/login/oauth/access_token",
        "https://api.github.com/user",
        ("read:user", "user:email"),
        Reading(username="login", avatar_url="avatar_url"),
        addresses=_OWN_VERIFIED,
    ),
    "gitlab": ProviderKind(
        "GitLab",
        "https://gitlab.com/oauth/authorize",
        "https://gitlab.com/oauth/token",
        "https://gitlab.com/api/v4/user",
        ("read_user",),
        Reading(username="username", avatar_url="avatar_url", adjust=people.gitlab),
    ),
    "bitbucket": ProviderKind(
        "Bitbucket",
        "https://bitbucket.org/site/oauth2/authorize",
        "https://bitbucket.org/site/oauth2/access_token",
        "https://api.bitbucket.org/2.0/user",
        ("account",),
        Reading(
            "uuid",
            "display_name",
            "username",
            avatar_url="links.avatar.href",
            required=(("account_status", "active"),),
        ),
        pkce=False,
        addresses=Addresses(
            "+/emails",
            (("is_primary", True), ("is_confirmed", True)),
            items="values",
            forgiven=range(400, 600),
        ),
    ),
    "gitee": ProviderKind(
        "Gitee",
        "https://gitee.com/oauth/authorize",
        "https://gitee.com/oauth/token",
        "https://gitee.com/api/v5/user",
        ("user_info", "emails"),
        Reading(username="login", avatar_url="avatar_url", adjust=people.gitee),
        addresses=Addresses(
            "emails", (("state", "confirmed"), ("scope", "primary")), fallback=True, may_vary=True
        ),
    ),
    "gitea": ProviderKind(
        "Gitea/Forgejo",
        "https://gitea.com/login/oauth/authorize",
        "https://gitea.com/login/oauth/access_token",
        "https://gitea.com/api/v1/user",
        ("read:user", "user:email"),
        Reading(
            name="full_name",
            username="login",
            avatar_url="avatar_url",
            required=(("active", True),),
        ),
        addresses=_OWN_VERIFIED,
    ),
    "discord": ProviderKind(
        "Discord",
        "https://discord.com/api/oauth2/authorize",
        "https://discord.com/api/oauth2/token",
        "https://discord.com/api/users/@me",
        ("identify", "email"),
        Reading(
            name="global_name",
            username="username",
            email="email",
            vouched=("verified",),
            adjust=people.discord,
        ),
    ),
    "twitter": ProviderKind(
        "X/Twitter",
        "https://x.com/i/oauth2/authorize",
        "https://api.x.com/2/oauth2/token",
        "https://api.x.com/2/users/me?user.fields=id,name,username,profile_image_url,"
        "confirmed_email",
        ("users.read", "users.email", "tweet.read"),
        Reading(
            "data.id",
            "data.name",
            "data.username",
            "data.confirmed_email",
            "data.profile_image_url",
        ),
    ),
    "kakao": ProviderKind(
        "Kakao",
        "https://kauth.kakao.com/oauth/authorize",
        "https://kauth.kakao.com/oauth/token",
        "https://kapi.kakao.com/v2/user/me",
        ("account_email", "profile_nickname", "profile_image"),
        Reading(
            name="",
            username="properties.nickname",
            email="kakao_account.email",
            avatar_url="properties.profile_image",
            vouched=("kakao_account.is_email_valid", "kakao_account.is_email_verified"),
        ),
    ),
    "naver": ProviderKind(
        "Naver",
        "https://nid.naver.com/oauth2.0/authorize",
        "https://nid.naver.com/oauth2.0/token",
        "https://openapi.naver.com/v1/nid/me",
        reading=Reading(
            "response.id",
            "response.name",
            "response.nickname",
            avatar_url="response.profile_image",
            required=(("resultcode", "00"),),
            adjust=people.naver,
        ),
        pkce=False,
    ),
    "vk": ProviderKind(
        "ВКонтакте",
        "https://oauth.vk.com/authorize",
        "https://oauth.vk.com/access_token",
        "https://api.vk.com/method/users.get?fields=photo_max,screen_name&v=5.131",
        ("email",),
        Reading(
            "response.0.id",
            ("response.0.first_name", "response.0.last_name"),
            "response.0.screen_name",
            avatar_url="response.0.photo_max",
            adjust=people.vk,
        ),
        pkce=False,
    ),
    "linear": ProviderKind(
        "Linear",
        "https://linear.app/oauth/authorize",
        "https://api.linear.app/oauth/token",
        "https://api.linear.app/graphql",
        ("read",),
        Reading(
            "data.viewer.id",
            "data.viewer.name",
            "data.viewer.displayName",
            "data.viewer.email",
            "data.viewer.avatarUrl",
            required=(("data.viewer.active", True),),
        ),
        pkce=False,
        user_query="{ viewer { id name displayName email avatarUrl active } }",
    ),
    "notion": ProviderKind(
        "Notion",
        "https://api.notion.com/v1/oauth/authorize",
        "https://api.notion.com/v1/oauth/token",
        "https://api.notion.com/v1/users/me",
        reading=Reading(
            "bot.owner.user.id",
            "bot.owner.user.name",
            email="bot.owner.user.person.email",
            avatar_url="bot.owner.user.avatar_url",
        ),
        user_headers={"notion-version": "2022-06-28"},
    ),
    "monday": ProviderKind(
        "monday.com",
        "https://auth.monday.com/oauth2/authorize",
        "https://auth.monday.com/oauth2/token",
        "https://api.monday.com/v2",
        ("me:read",),
        Reading(
            "data.me.id",
            "data.me.name",
            email="data.me.email",
            avatar_url="data.me.photo_small",
            vouched=("data.me.is_verified",),
            required=(("data.me.enabled", True),),
        ),
        user_query="{ me { id name email is_verified enabled photo_small } }",
    ),
    "lark": ProviderKind(
        "Lark",
        f"https://accounts.feishu.cn/{_LARK}/v1/authorize",
        f"https://open.feishu.cn/{_LARK}/v2/oauth/token",
        f"https://open.feishu.cn/{_LARK}/v1/user_info",
        reading=Reading("data.union_id", "data.name", avatar_url="data.avatar_url"),
    ),
    "box": ProviderKind(
        "Box",
        "https://account.box.com/api/oauth2/authorize",
        "https://api.box.com/oauth2/token",
        "https://api.box.com/2.0/users/me",
        ("root_readonly",),
        Reading(email="login", avatar_url="avatar_url", required=(("status", "active"),)),
    ),
    "spotify": ProviderKind(
        "Spotify",
        "https://accounts.spotify.com/authorize",
        "https://accounts.spotify.com/api/token",
        "https://api.spotify.com/v1/me",
        ("user-read-private",),
        Reading(name="display_name", avatar_url="images.0.url"),
    ),
    "trakt": ProviderKind(
        "Trakt",
        "https://trakt.tv/oauth/authorize",
        "https://api.trakt.tv/oauth/token",
        "https://api.trakt.tv/users/settings",
        reading=Reading(
            "user.ids.uuid", "user.name", "user.username", avatar_url="user.images.avatar.full"
        ),
        user_headers={
            "content-type": "application/json",
            "trakt-api-key": "{client_id}",
            "trakt-api-version": "2",
        },
    ),
    "twitch": ProviderKind(
        "Twitch",
        "https://id.twitch.tv/oauth2/authorize",
        "https://id.twitch.tv/oauth2/token",
        "https://api.twitch.tv/helix/users",
        ("user:read:email",),
        Reading(
            "data.0.id",
            "data.0.display_name",
            "data.0.login",
            "data.0.email",
            "data.0.profile_image_url",
        ),
        user_headers={"client-id": "{client_id}"},
    ),
    "patreon": ProviderKind(
        "Patreon",
        "https://www.patreon.com/oauth2/authorize",
        "https://www.patreon.com/api/oauth2/token",
        "https://www.patreon.com/api/oauth2/v2/identity"
        "?fields%5Buser%5D=full_name,email,vanity,image_url,is_email_verified",
        ("identity", "identity[email]"),
        Reading(
            "data.id",
            "data.attributes.full_name",
            "data.attributes.vanity",
            "data.attributes.email",
            "data.attributes.image_url",
            vouched=("data.attributes.is_email_verified",),
        ),
    ),
    "strava": ProviderKind(
        "Strava",
        "https://www.strava.com/oauth/authorize",
        "https://www.strava.com/api/v3/oauth/token",
        "https://www.strava.com/api/v3/athlete",
        ("profile:read_all",),
        Reading(
            name=("firstname", "lastname"),
            username="username",
            avatar_url="profile",
            adjust=people.strava,
        ),
    ),
    "wakatime": ProviderKind(
        "WakaTime",
        "https://wakatime.com/oauth/authorize",
        "https://wakatime.com/oauth/token",
        "https://wakatime.com/api/v1/users/current",
        ("email",),
        Reading(
            "data.id",
            "data.display_name",
            "data.username",
            "data.email",
            "data.photo",
            vouched=("data.is_email_confirmed",),
            adjust=people.wakatime,
        ),
    ),
    "livechat": ProviderKind(
        "LiveChat",
        "https://accounts.livechat.com/",
        "https://accounts.livechat.com/token",
        "https://accounts.livechat.com/v2/accounts/me",
        reading=Reading(
            "account_id", email="email", avatar_url="avatar_url", vouched=("email_verified",)
        ),
    ),
    "mailcow": ProviderKind(
        "mailcow",
        scopes=("profile",),
        reading=Reading(
            name="full_name",
            username="username",
            email="email",
            required=(("active", 1),),
            adjust=people.mailcow,
        ),
    ),
    "planningcenter": ProviderKind(
        "Planning Center",
        "https://api.planningcenteronline.com/oauth/authorize",
        "https://api.planningcenteronline.com/oauth/token",
        "https://api.planningcenteronline.com/people/v2/me",
        ("people",),
        Reading(
            "data.id",
            "data.attributes.name",
            avatar_url="data.attributes.avatar",
            required=(("data.attributes.status", "active"),),
        ),
    ),
    "oidc": _OIDC,
    "oidc2": _OIDC,
    "oidc3": _OIDC,
}
