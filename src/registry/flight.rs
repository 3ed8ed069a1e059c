//! One answer for all who wait for it, and one deadline for everything that a request waits for.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::{FutureExt as _, Shared};
use tokio::time::Instant;

use super::Error;

type Running<T> = Shared<Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>>;

/// A value that is made once, by whoever asks first. A failure is told to all who wait, and then forgotten: the next
/// one to ask tries again.
pub(super) struct Flight<T>(Mutex<Option<Running<T>>>);

impl<T> Default for Flight<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> Flight<T> {
    /// The value, made by `start` unless it is there or on its way.
    pub(super) async fn get<F>(
        &self,
        host: &str,
        deadline: &Deadline,
        start: impl FnOnce() -> F,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let running = {
            let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            slot.get_or_insert_with(|| {
                let boxed: Pin<Box<dyn Future<Output = Result<T, Error>> + Send>> = Box::pin(start());
                boxed.shared()
            })
            .clone()
        };
        let result = deadline.limit(host, running.clone()).await.and_then(|answer| answer);
        if result.is_err() {
            let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if slot.as_ref().is_some_and(|current| current.ptr_eq(&running)) {
                *slot = None;
            }
        }
        result
    }

    /// Forgets the value if it is one that `stale` recognises.
    pub(super) fn forget(&self, stale: impl FnOnce(&T) -> bool) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slot.as_ref().and_then(Shared::peek).and_then(|value| value.as_ref().ok()).is_some_and(stale) {
            *slot = None;
        }
    }
}

/// Until when a registry may take to answer one request, with all that belongs to it.
pub(super) struct Deadline {
    at: Instant,
    after: Duration,
}

impl Deadline {
    pub(super) fn after(after: Duration) -> Self {
        Self { at: Instant::now() + after, after }
    }

    /// The future's value, if it comes in time.
    pub(super) async fn limit<T>(&self, host: &str, future: impl Future<Output = T>) -> Result<T, Error> {
        let timed_out = || Error::TimedOut { host: host.to_owned(), after: self.after };
        tokio::time::timeout_at(self.at, future).await.map_err(|_| timed_out())
    }

    /// Waits for something that is not the registry's to answer for; the clock stands still meanwhile.
    pub(super) async fn pause<T>(&mut self, future: impl Future<Output = T>) -> T {
        let began = Instant::now();
        let value = future.await;
        self.at += began.elapsed();
        value
    }

    /// What is left.
    pub(super) fn left(&self) -> Duration {
        self.at.saturating_duration_since(Instant::now())
    }
}
