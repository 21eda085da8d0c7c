//! How far an import has come, for whoever waits for it; and the imports under way in this process.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::id::UploadId;
use crate::services::Error;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The rows are held against the register.
    Looking,
    /// Numbers are sealed.
    Sealing,
    /// Rows are stored; nothing stands before all of them do.
    Storing,
}

/// How far an import has come.
#[derive(Debug, Default)]
pub struct Progress {
    step: AtomicU8,
    done: AtomicUsize,
    total: AtomicUsize,
}

impl Progress {
    /// A step begins, with so many rows.
    pub(super) fn begin(&self, step: Step, total: usize) {
        self.step.store(step as u8, Ordering::Relaxed);
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// So many more rows are done.
    pub(super) fn add(&self, rows: usize) {
        self.done.fetch_add(rows, Ordering::Relaxed);
    }

    /// The step, the rows done in it, and all its rows.
    pub fn now(&self) -> (Step, usize, usize) {
        let step = match self.step.load(Ordering::Relaxed) {
            0 => Step::Looking,
            1 => Step::Sealing,
            _ => Step::Storing,
        };
        (
            step,
            self.done.load(Ordering::Relaxed),
            self.total.load(Ordering::Relaxed),
        )
    }
}

/// What is known of an import that somebody started.
#[derive(Clone, Debug)]
pub enum Standing {
    /// It goes on.
    Running(Arc<Progress>),
    /// It ended with an error that nobody has read yet.
    Failed(Arc<Error>),
}

/// The imports under way in this process.
#[derive(Debug, Default)]
pub struct Running(Mutex<HashMap<UploadId, Standing>>);

/// Errors that are kept for somebody who may never come back for them.
const MOST_KEPT: usize = 100;

impl Running {
    fn map(&self) -> std::sync::MutexGuard<'_, HashMap<UploadId, Standing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that an import begins; none when it is under way already.
    pub fn begin(&self, id: UploadId) -> Option<Arc<Progress>> {
        let mut map = self.map();
        if matches!(map.get(&id), Some(Standing::Running(_))) {
            return None;
        }
        if map.len() >= MOST_KEPT {
            map.retain(|_, standing| matches!(standing, Standing::Running(_)));
        }
        let progress = Arc::<Progress>::default();
        map.insert(id, Standing::Running(Arc::clone(&progress)));
        Some(progress)
    }

    /// Notes that it ended, and with what error.
    pub fn end(&self, id: UploadId, failed: Option<Arc<Error>>) {
        match failed {
            None => self.map().remove(&id),
            Some(error) => self.map().insert(id, Standing::Failed(error)),
        };
    }

    /// How it stands, without taking note of having been told.
    pub fn glance(&self, id: UploadId) -> Option<Standing> {
        self.map().get(&id).cloned()
    }

    /// How it stands; an error is told once.
    pub fn look(&self, id: UploadId) -> Option<Standing> {
        let mut map = self.map();
        match map.get(&id)? {
            running @ Standing::Running(_) => Some(running.clone()),
            Standing::Failed(_) => map.remove(&id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_is_begun_once_and_its_error_told_once() {
        let running = Running::default();
        let id = UploadId(uuid::Uuid::nil());
        let progress = running.begin(id).expect("the first");
        assert!(running.begin(id).is_none());
        progress.begin(Step::Storing, 10);
        progress.add(4);
        let standing = running.look(id);
        assert!(matches!(standing, Some(Standing::Running(progress)) if progress.now() == (Step::Storing, 4, 10)));
        running.end(id, Some(Arc::new(Error::State { code: "import-done" })));
        assert!(matches!(running.look(id), Some(Standing::Failed(_))));
        assert!(running.look(id).is_none());
        assert!(running.begin(id).is_some());
    }
}
