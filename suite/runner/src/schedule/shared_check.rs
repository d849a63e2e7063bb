//! A question to the peer that many trials have at the same time.

use tokio::{sync::Mutex, time::Instant};

/// The last answer to a question, and when the question was asked. One answer serves all that waited for it, if it was asked
/// after they had a reason to ask.
pub(super) struct SharedCheck<T>(Mutex<Option<(Instant, T)>>);

impl<T> Default for SharedCheck<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Copy> SharedCheck<T> {
    /// The answer to a question asked from now on, by this caller or by another. An answer of `None` serves nobody else.
    pub(super) async fn ask(&self, question: impl Future<Output = Option<T>>) -> Option<T> {
        let since = Instant::now();
        let mut last = self.0.lock().await;
        if let Some((asked, answer)) = *last
            && asked >= since
        {
            return Some(answer);
        }
        let asks = Instant::now();
        let answer = question.await?;
        *last = Some((asks, answer));
        Some(answer)
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, time::Duration};

    use tokio::time::sleep;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_answer_serves_all_that_wait_for_it_and_no_later_one() {
        let (check, asked) = (SharedCheck::default(), Cell::new(0));
        let question = || async {
            asked.set(asked.get() + 1);
            sleep(Duration::from_millis(10)).await;
            Some(asked.get())
        };
        let answers = tokio::join!(check.ask(question()), check.ask(question()), check.ask(question()));
        assert_eq!(answers, (Some(1), Some(1), Some(1)));
        assert_eq!(check.ask(question()).await, Some(2));
    }

    #[tokio::test(start_paused = true)]
    async fn no_answer_serves_nobody_else() {
        let check = SharedCheck::default();
        assert_eq!(tokio::join!(check.ask(async { None }), check.ask(async { Some(1) })), (None, Some(1)));
    }
}
