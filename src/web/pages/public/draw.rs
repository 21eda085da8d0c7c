//! How the seats of a session are drawn, in words anybody can check.

use crate::domain::community::Community;
use crate::domain::enrolment::Rush;
use crate::services::enrolment;
use crate::services::schedule::SessionView;
use crate::services::wording::Words;
use crate::services::{Context, Result};

/// What is said of a draw.
pub(super) struct DrawSaid {
    pub title: String,
    pub how: String,
    pub fingerprint_said: String,
    pub fingerprint: String,
    pub seed_said: String,
    pub seed: String,
    pub lots_title: String,
    /// Enrolment ids in the order they were drawn. They name nobody; everybody finds their own on their page.
    pub lots: Vec<String>,
}

impl DrawSaid {
    /// What is said of the draw of a session; none where whoever comes first is first.
    pub(super) async fn of(ctx: &Context, home: &Community, view: &SessionView, words: Words) -> Result<Option<Self>> {
        let rush = view.seats.terms.rush;
        if rush == Rush::FirstCome {
            return Ok(None);
        }
        let stands = enrolment::draw_of(ctx, home.id, view.id).await?;
        let drawn = stands.as_ref().and_then(|draw| draw.drawn.as_ref());
        let by_lot = rush == Rush::Lottery;
        Ok(Some(Self {
            title: words.t(if by_lot { "draw-lottery" } else { "draw-turn" }),
            how: words.t(if by_lot { "draw-lottery-how" } else { "draw-turn-how" }),
            fingerprint_said: words.t("draw-fingerprint"),
            fingerprint: stands
                .as_ref()
                .filter(|_| by_lot)
                .map(|draw| draw.commitment.clone())
                .unwrap_or_default(),
            seed_said: words.t("draw-seed"),
            seed: drawn
                .filter(|_| by_lot)
                .map(|draw| draw.seed.clone())
                .unwrap_or_default(),
            lots_title: drawn.map_or_else(String::new, |draw| {
                words.aa("draw-lots", "n", draw.lots.len(), "seats", draw.seats)
            }),
            lots: drawn.map_or_else(Vec::new, |draw| draw.lots.iter().map(ToString::to_string).collect()),
        }))
    }
}
