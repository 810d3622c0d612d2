"""What cards show of their pictures: colours and maps, derived by the server."""

from holobase.domain.artwork import Pictured

PICTURES: tuple[Pictured, ...] = (
    Pictured(
        collection="unified_cards",
        source="holographic_image",
        made_of="artwork_of",
        width="image_width",
        height="image_height",
        palette="palette",
        blurhash="blurhash",
        foil_mask="foil_mask",
        normal_map="normal_map",
    ),
)
