//! What was recorded, served under an address that nobody guesses.

use super::Web;
use super::problem::Problem;
use crate::audio;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

pub(super) async fn fetch(
    State(web): State<Web>,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let length_s = web.state().recordings.get(&name).copied().ok_or(Problem::Absent)?;
    Ok(if name.ends_with(".mp3") {
        ([(CONTENT_TYPE, "audio/mpeg")], audio::mp3(length_s))
    } else {
        ([(CONTENT_TYPE, "audio/wav")], audio::wav(length_s))
    })
}
