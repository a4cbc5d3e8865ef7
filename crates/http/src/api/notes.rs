//! What a request is known by, and what its answer should mention though no handler returns it.

use opbx_kernel::Language;
use std::cell::RefCell;
use std::future::Future;

#[derive(Default)]
struct Notes {
    request_id: String,
    language: Option<Language>,
    ignored: Vec<String>,
}

tokio::task_local! {
    static NOTES: RefCell<Notes>;
}

/// Handles a request under an id, in a language; gives what was noted as ignored besides.
pub(crate) async fn with_notes<T>(
    request_id: &str,
    language: Option<Language>,
    handling: impl Future<Output = T>,
) -> (T, Vec<String>) {
    let notes = Notes { request_id: request_id.to_owned(), language, ignored: Vec::new() };
    NOTES
        .scope(RefCell::new(notes), async {
            let handled = handling.await;
            (handled, NOTES.with(|notes| std::mem::take(&mut notes.borrow_mut().ignored)))
        })
        .await
}

/// The id of the request that is handled; empty outside of one.
pub(crate) fn request_id() -> String {
    NOTES.try_with(|notes| notes.borrow().request_id.clone()).unwrap_or_default()
}

/// The language that the request asks to be answered in, where it asks for one that OPBX speaks.
pub(crate) fn language() -> Option<Language> {
    NOTES.try_with(|notes| notes.borrow().language).ok().flatten()
}

/// Notes fields that were left aside, for `X-Ignored-Fields`.
pub(crate) fn note_ignored(fields: impl IntoIterator<Item = String>) {
    // Outside of a request there is no answer to mention it in.
    let _ = NOTES.try_with(|notes| notes.borrow_mut().ignored.extend(fields));
}
