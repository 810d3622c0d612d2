"""`/_/`: where people end who follow a link that was mailed, or whom a provider has sent back.

The links of the program's own mails lead here; an application that has pages of its own names them
in its templates. What is to be done stands behind the `#`, which no server and no log ever sees.
"""

from base64 import b64encode
from hashlib import sha256
from typing import Final

from holobase.api.exchange import Exchange

_STYLE: Final = """
:root { color-scheme: light dark }
body { font: 1.1rem/1.6 system-ui, sans-serif; margin: 15vh auto; max-width: 26rem; padding: 1rem }
p[id] { display: none } p[id]:target { display: block }
label { display: block; margin: 1rem 0 }
input, button { box-sizing: border-box; font: inherit; padding: 0.4rem 0.6rem; width: 100% }
"""

# A scanner of mails that opens every link, and even runs scripts, must not use up a token: nothing
# is sent before somebody presses the button.
_SCRIPT: Final = """
const WORDS = {
  en: {
    verification: "Confirm this address",
    "password-reset": "Choose a new password",
    "email-change": "Confirm your new address",
    now: "Your password", next: "New password", again: "Once more",
    differ: "The two are not the same.", done: "Done. You can close this page and log in.",
    failed: "That failed. Try again in a moment.",
  },
  ko: {
    verification: "이메일 주소 확인",
    "password-reset": "새 비밀번호 설정",
    "email-change": "새 이메일 주소 확인",
    now: "비밀번호", next: "새 비밀번호", again: "새 비밀번호 확인",
    differ: "두 비밀번호가 서로 다릅니다.", done: "완료되었습니다. 이 창을 닫고 로그인하세요.",
    failed: "실패했습니다. 잠시 후 다시 시도하세요.",
  },
  ja: {
    verification: "メールアドレスを確認する",
    "password-reset": "新しいパスワードを設定する",
    "email-change": "新しいメールアドレスを確認する",
    now: "パスワード", next: "新しいパスワード", again: "もう一度",
    differ: "2つのパスワードが一致しません。",
    done: "完了しました。このページを閉じてログインしてください。",
    failed: "失敗しました。しばらくしてからもう一度お試しください。",
  },
};
const FIELDS = {
  verification: [],
  "password-reset": [
    ["password", "next", "new-password"], ["passwordConfirm", "again", "new-password"],
  ],
  "email-change": [["password", "now", "current-password"]],
};
const LINK = /^#\\/auth\\/confirm-(verification|password-reset|email-change)\\/(.+)$/;
const language = navigator.language.slice(0, 2);
const words = WORDS[language] ?? WORDS.en;
if (words !== WORDS.en) document.documentElement.lang = language;

function made(tag, properties, ...inside) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...inside);
  return element;
}

function collectionOf(token) {
  try {
    const claims = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    return encodeURIComponent(claims.collectionId);
  } catch {
    return "-";
  }
}

function show() {
  const place = document.querySelector("main");
  const link = location.hash.match(LINK);
  place.replaceChildren();
  if (!link) return;
  const [, what, token] = link;
  const inputs = FIELDS[what].map(([name, , autocomplete]) =>
    made("input", { type: "password", name, autocomplete, required: true }));
  const labels = FIELDS[what].map(([, word], index) =>
    made("label", {}, words[word], inputs[index]));
  const button = made("button", {}, words[what]);
  const told = made("p", { role: "status" });
  const form = made("form", {}, made("h1", {}, words[what]), ...labels, button);
  form.onsubmit = async (event) => {
    event.preventDefault();
    const body = { token, ...Object.fromEntries(inputs.map((input) => [input.name, input.value])) };
    if (inputs.length === 2 && inputs[0].value !== inputs[1].value) {
      told.textContent = words.differ;
      return;
    }
    button.disabled = true;
    told.textContent = await send(what, token, body, form).catch(() => words.failed);
    button.disabled = false;
  };
  place.append(form, told);
}

async function send(what, token, body, form) {
  const answer = await fetch(`../api/collections/${collectionOf(token)}/confirm-${what}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept-Language": navigator.language },
    body: JSON.stringify(body),
  });
  if (answer.ok) {
    form.remove();
    history.replaceState(null, "", location.pathname);
    return words.done;
  }
  const { message, data } = await answer.json();
  return Object.values(data)[0]?.message ?? message;
}

window.onhashchange = show;
show();
"""

_PAGE: Final = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Holobase</title>
<meta name="viewport" content="width=device-width">
<style>{_STYLE}</style>
<p id="/auth/oauth2-redirect-success">You are signed in. You can close this window and go back.<br>
<span lang="ko">로그인했습니다. 이 창을 닫고 돌아가세요.</span></p>
<p id="/auth/oauth2-redirect-failure">That failed. Close this window, go back and try again.<br>
<span lang="ko">로그인하지 못했습니다. 창을 닫고 돌아가 다시 시도하세요.</span></p>
<main></main>
<script>{_SCRIPT}</script>
</html>
""".encode()

_SCRIPT_HASH: Final = b64encode(sha256(_SCRIPT.encode()).digest()).decode()
_HEADERS: Final = (
    (b"content-type", b"text/html; charset=utf-8"),
    (
        b"content-security-policy",
        b"default-src 'none'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none';"
        b" form-action 'none'; frame-ancestors 'none'; script-src 'sha256-%b'"
        % _SCRIPT_HASH.encode(),
    ),
)


async def landing(exchange: Exchange) -> None:
    """GET: the page, the same for everybody."""
    await exchange.answer(200, _PAGE, _HEADERS)


async def landing_without_slash(exchange: Exchange) -> None:
    """GET: leads to the page."""
    query = exchange.scope["query_string"]
    location = b"/_/" + (b"?" + query if query else b"")
    await exchange.answer(307, headers=((b"location", location),))
