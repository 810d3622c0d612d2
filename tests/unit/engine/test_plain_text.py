"""The plain text of a mail."""

import pytest

from holobase.engine.mail.plain import plain_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p>\n<p>Two</p>", "One\n\nTwo\n"),
        ('<a href="https://a.example/x">here</a>', "here ( https://a.example/x )\n"),
        ('<a href="https://a.example">https://a.example</a>', "https://a.example\n"),
        ("<a>no link</a>", "no link\n"),
        ("a &lt;b&gt; &amp; c", "a <b> & c\n"),
        ("<style>p{}</style><script>x</script>a<br>b", "a\nb\n"),
        ("  many\n   blanks  ", "many blanks\n"),
        ("<p>unclosed <b>bold", "unclosed bold\n"),
        ("</style>a</a>", "a\n"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb\n"),
    ],
)
def test_html_is_read_as_text(html: str, text: str) -> None:
    assert plain_text(html) == text
