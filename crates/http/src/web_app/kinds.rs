//! What a file is, by the ending of its name.

pub(super) const PAGE: &str = "text/html; charset=utf-8";
pub(super) const SCRIPT: &str = "text/javascript; charset=utf-8";
pub(super) const DRAWING: &str = "image/svg+xml";
/// Of what nobody named: saved, never shown or run.
const BYTES: &str = "application/octet-stream";

const KINDS: [(&str, &str); 20] = [
    ("html", PAGE),
    ("js", SCRIPT),
    ("mjs", SCRIPT),
    ("css", "text/css; charset=utf-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("webmanifest", "application/manifest+json"),
    ("svg", DRAWING),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("gif", "image/gif"),
    ("ico", "image/x-icon"),
    ("woff2", "font/woff2"),
    ("woff", "font/woff"),
    ("mp3", "audio/mpeg"),
    ("wav", "audio/wav"),
    ("wasm", "application/wasm"),
    ("txt", "text/plain; charset=utf-8"),
];

pub(super) fn of(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    KINDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending)).map_or(BYTES, |(_, kind)| kind)
}
