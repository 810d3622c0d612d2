"""The collections of social: posts, marks, people, inboxes, safety."""

from holobase.community.social.collections.inbox import (
    FEED_ITEMS,
    NOTIFICATION_SETTINGS,
    NOTIFICATIONS,
)
from holobase.community.social.collections.marks import BOOKMARKS, LIKES, SHARES
from holobase.community.social.collections.people import BLOCKS, FOLLOWS
from holobase.community.social.collections.posts import COMMENTS, COMMUNITY_POSTS
from holobase.community.social.collections.safety import MODERATION_ACTIONS, REPORTS
from holobase.domain.declaration import Declaration

COLLECTIONS: tuple[Declaration, ...] = (
    COMMUNITY_POSTS,
    COMMENTS,
    LIKES,
    BOOKMARKS,
    SHARES,
    FOLLOWS,
    BLOCKS,
    NOTIFICATIONS,
    NOTIFICATION_SETTINGS,
    FEED_ITEMS,
    REPORTS,
    MODERATION_ACTIONS,
)
