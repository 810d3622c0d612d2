"""What our own mails say, in every language that we speak, and the page they are printed on.

English is what a new collection has for its templates; the others take its place while nobody has
written texts of their own.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from holobase.domain.auth_options import AuthOptions, Template

Kind: TypeAlias = Literal["verification", "password-reset", "email-change", "otp", "login-alert"]
"""What a mail is about, by the names of the wire."""

Locale: TypeAlias = Literal["ko", "en", "ja"]


def templates(auth: AuthOptions) -> Mapping[Kind, Template]:
    """The mails of a collection."""
    return {
        "verification": auth.verification_template,
        "password-reset": auth.reset_password_template,
        "email-change": auth.confirm_email_change_template,
        "otp": auth.otp.email_template,
        "login-alert": auth.auth_alert.email_template,
    }


def _link(text: str, path: str, ignore: str) -> str:
    return (
        f'<p>{text}</p>\n<p><a href="{{APP_URL}}/_/#/auth/{path}/{{TOKEN}}" target="_blank"'
        f' rel="noopener">{{APP_URL}}</a></p>\n<p>{ignore}</p>'
    )


_KO_IGNORE: Final = "요청하신 적이 없다면 이 메일을 무시하셔도 됩니다."
_JA_IGNORE: Final = "お心当たりがない場合は、このメールを無視してください。"

TEXTS: Final[Mapping[Locale, Mapping[Kind, Template]]] = {
    "en": templates(AuthOptions()),
    "ko": {
        "verification": Template(
            subject="{APP_NAME} 이메일 주소 확인",
            body=_link(
                "{APP_NAME}에 오신 것을 환영합니다. 아래 링크를 눌러 이메일 주소를 확인해 주세요.",
                "confirm-verification",
                _KO_IGNORE,
            ),
        ),
        "password-reset": Template(
            subject="{APP_NAME} 비밀번호 재설정",
            body=_link(
                "아래 링크에서 새 비밀번호를 정해 주세요.", "confirm-password-reset", _KO_IGNORE
            ),
        ),
        "email-change": Template(
            subject="{APP_NAME} 새 이메일 주소 확인",
            body=_link(
                "아래 링크를 눌러 새 이메일 주소를 확인해 주세요.",
                "confirm-email-change",
                _KO_IGNORE,
            ),
        ),
        "otp": Template(
            subject="{APP_NAME} 로그인 코드",
            body=(
                "<p>{APP_NAME} 로그인 코드는 <strong>{OTP}</strong>입니다.</p>\n"
                "<p>요청하신 적이 없다면 다른 분이 주소를 잘못 입력한 것일 수 있으니 무시하셔도"
                " 됩니다.</p>"
            ),
        ),
        "login-alert": Template(
            subject="{APP_NAME} 새로운 로그인 알림",
            body=(
                "<p>{APP_NAME} 계정에 새로운 곳에서 로그인했습니다.</p>\n<p>{ALERT_INFO}</p>\n"
                "<p>본인이라면 괜찮습니다. 아니라면 바로 비밀번호를 바꿔 주세요. 다른 모든"
                " 로그인이 끝납니다.</p>"
            ),
        ),
    },
    "ja": {
        "verification": Template(
            subject="{APP_NAME} メールアドレスの確認",
            body=_link(
                "{APP_NAME}へようこそ。次のリンクからメールアドレスを確認してください。",
                "confirm-verification",
                _JA_IGNORE,
            ),
        ),
        "password-reset": Template(
            subject="{APP_NAME} パスワードの再設定",
            body=_link(
                "次のリンクから新しいパスワードを設定してください。",
                "confirm-password-reset",
                _JA_IGNORE,
            ),
        ),
        "email-change": Template(
            subject="{APP_NAME} 新しいメールアドレスの確認",
            body=_link(
                "次のリンクから新しいメールアドレスを確認してください。",
                "confirm-email-change",
                _JA_IGNORE,
            ),
        ),
        "otp": Template(
            subject="{APP_NAME} ログインコード",
            body=(
                "<p>{APP_NAME}のログインコードは<strong>{OTP}</strong>です。</p>\n"
                "<p>お心当たりがない場合は、他の方がアドレスを間違えた可能性がありますので、"
                "何もする必要はありません。</p>"
            ),
        ),
        "login-alert": Template(
            subject="{APP_NAME} 新しいログインのお知らせ",
            body=(
                "<p>{APP_NAME}のアカウントに新しい場所からログインがありました。</p>\n"
                "<p>{ALERT_INFO}</p>\n<p>ご本人であれば問題ありません。そうでない場合は、すぐに"
                "パスワードを変更してください。ほかのログインはすべて終了します。</p>"
            ),
        ),
    },
}

FOOTERS: Final[Mapping[Locale, str]] = {
    "en": "Sent by {name}",
    "ko": "{name}에서 보냈습니다",
    "ja": "{name}より送信",
}

LAYOUT: Final = """\
<!doctype html>
<html lang="{{ locale }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{ subject }}</title>
</head>
<body style="margin:0;padding:24px;background:#f4f5f7;color:#16161a;\
font:16px/1.6 system-ui,-apple-system,'Apple SD Gothic Neo','Noto Sans KR',sans-serif">
<div style="max-width:560px;margin:0 auto;padding:24px;background:#fff;border-radius:8px">
{{ body | safe }}
</div>
<p style="max-width:560px;margin:12px auto;color:#6b6b76;font-size:13px">\
{{ footer }} · <a href="{{ url }}" style="color:{{ color }}">{{ url }}</a></p>
</body>
</html>
"""
"""The page, as a Jinja template; its values are escaped, but for the body: a template that a
superuser wrote, with values in it that are escaped already."""
