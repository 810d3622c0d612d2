"""The words that rules are made of: who asks, and what they may see of a card, a post, a template.

Every word is a parenthesised expression of the rule language. `path` leads from the record that
is asked for to the record that is judged: `""` for itself, `"card."` for the card it names.
"""

SIGNED_IN = '(@request.auth.id != "")'


def any_of(*rules: str) -> str:
    """Holds when one of the rules does."""
    return f"({' || '.join(rules)})"


def all_of(*rules: str) -> str:
    """Holds when all of the rules do."""
    return f"({' && '.join(rules)})"


def own(field: str) -> str:
    """Holds for the user whom the field names; never for a guest, not even on an empty field."""
    return all_of(SIGNED_IN, f"{field} = @request.auth.id")


def may(permission: str) -> str:
    """Holds for whoever has a role with this permission."""
    return f'(@request.auth.roles.permissions:each ?= "{permission}")'


def unchanged(*fields: str) -> str:
    """Holds when an update leaves these fields as they are."""
    return all_of(*(f"@request.body.{field}:changed = false" for field in fields))


def without(*fields: str) -> str:
    """Holds when the request does not mention these fields."""
    return all_of(*(f"@request.body.{field}:isset = false" for field in fields))


def empty(*fields: str) -> str:
    """Holds for a record that has nothing in these fields."""
    return all_of(*(f'{field} = ""' for field in fields))


def not_blocked(person: str) -> str:
    """Holds unless the caller and the person whom the path names have blocked one another.

    Who has nothing to do with any block is told by a parameter: most callers cost no look-up.
    """
    return any_of(
        "@request.auth.block_count = null",
        "@request.auth.block_count = 0",
        f'{person} = ""',
        all_of(
            f"@request.auth.blocks_via_blocker.blocked != {person}",
            f"@request.auth.blocks_via_blocked.blocker != {person}",
        ),
    )


def card_shown(path: str = "") -> str:
    """Public cards for everybody but whom a block keeps away, one's own always."""
    creator = f"{path}community_creator"
    shown = any_of(all_of(f"{path}hidden = false", not_blocked(creator)), may("cards.moderate"))
    return any_of(all_of(f"{path}community_is_public = true", shown), own(creator))


def template_shown(path: str = "") -> str:
    """Published templates for everybody until they are refused, one's own always."""
    # Not by what it is: SQLite would then look for that instead of walking the order of the list.
    refused = ("", "draft", "flagged", "rejected")
    accepted = all_of(*(f'{path}status != "{status}"' for status in refused))
    published = all_of(
        f"{path}is_public = true",
        any_of(all_of(accepted, not_blocked(f"{path}creator")), may("templates.moderate")),
    )
    return any_of(published, own(f"{path}creator"))


def post_shown(path: str = "") -> str:
    """Posts for the circle their author chose; for their author and moderators always."""
    circle = any_of(
        f'{path}visibility = "public"',
        all_of(f'{path}visibility = "followers"', _follows(f"{path}author")),
        all_of(f'{path}visibility = "fanclub"', _is_fan_of_the_team_of(f"{path}author")),
    )
    return any_of(
        all_of(f"{path}hidden = false", circle, not_blocked(f"{path}author")),
        own(f"{path}author"),
        may("posts.moderate"),
    )


def comment_shown(path: str = "") -> str:
    """Comments to whoever sees what they are about; one's own always."""
    about = any_of(card_shown(f"{path}card."), post_shown(f"{path}post."))
    return any_of(
        all_of(f"{path}hidden = false", about, not_blocked(f"{path}author")),
        own(f"{path}author"),
        may("comments.moderate"),
    )


def _follows(author: str) -> str:
    return all_of(SIGNED_IN, f"{author}.follows_via_following.follower ?= @request.auth.id")


def _is_fan_of_the_team_of(author: str) -> str:
    team = "unified_users_via_user_id.fan_favorite_team"
    return all_of(f'@request.auth.{team} != ""', f"{author}.{team} = @request.auth.{team}")
