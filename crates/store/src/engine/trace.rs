//! Which statements a piece of work runs: for tests that hold a page to what it may read. Costs one look at a thread's
//! own variable for each statement while nobody records.

use std::cell::RefCell;
use std::sync::{Arc, Mutex};

type Names = Arc<Mutex<Vec<&'static str>>>;

tokio::task_local! {
    static RECORDS: Names;
}

thread_local! {
    static RUNNING: RefCell<Option<Names>> = const { RefCell::new(None) };
}

/// Runs the work and returns the names of the statements it ran, in their order; their texts are in
/// [`crate::statements`].
pub async fn record<T>(work: impl Future<Output = T>) -> (T, Vec<&'static str>) {
    let names = Names::default();
    let done = RECORDS.scope(names.clone(), work).await;
    let names = names.lock().unwrap_or_else(|e| e.into_inner()).clone();
    (done, names)
}

/// A transaction that goes to another thread takes along who records.
pub(super) fn carried<R>(f: impl FnOnce(&super::Tx<'_>) -> R + Send) -> impl FnOnce(&super::Tx<'_>) -> R + Send {
    let names = RECORDS.try_with(Arc::clone).ok();
    move |tx: &super::Tx<'_>| {
        let Some(names) = names else { return f(tx) };
        RUNNING.with(|r| *r.borrow_mut() = Some(names));
        let done = f(tx);
        RUNNING.with(|r| *r.borrow_mut() = None);
        done
    }
}

/// A statement runs.
pub(super) fn ran(name: &'static str) {
    RUNNING.with(|r| {
        if let Some(names) = r.borrow().as_ref() {
            names.lock().unwrap_or_else(|e| e.into_inner()).push(name);
        }
    });
}
