//! Sample records through converters and transforms, on the plugin runtime and without what the worker keeps to itself.

use std::sync::Arc;
use std::time::Instant;

use kconnect_api::Exception;

use super::StandaloneHerder;
use crate::herder::{HerderError, PreviewRequest, Previewed};
use crate::preview::{self, Bounds, Preview, Refusal, Setup};

/// How many previews run at once: what one may hold is bounded, and so is all of it. Others wait.
pub(super) const AT_ONCE: usize = 2;

impl StandaloneHerder {
    /// Runs sample records on the plugin runtime, as a task would.
    pub(super) async fn show(&self, request: PreviewRequest) -> Result<Previewed, HerderError> {
        let providers = &self.worker.config().providers;
        let refused = preview::out_of_reach(&request.config, |props| providers.concerns(props));
        if !refused.is_empty() {
            return Ok(Err(refused));
        }
        let mut worker = (*self.worker.config().props).clone();
        if let Some(header) = &self.worker.config().converters.header {
            worker.entry("header.converter".into()).or_insert_with(|| header.clone());
        }
        let setup = Setup {
            registry: Arc::clone(self.worker.registry()),
            config: request.config,
            worker,
            direction: request.direction,
            steps: request.steps,
        };
        let turn = Arc::clone(&self.previews).acquire_owned().await;
        let redactor = Arc::clone(&self.worker.config().redactor);
        let shown = self.worker.spawn_call("a preview", async move {
            // Given back when the work is done, also if nobody waits for it any more.
            let _turn = turn;
            let until = Instant::now() + request.time;
            let mut preview = Preview::new(&setup)?.hiding(redactor);
            let (mut answers, mut left) = (Vec::with_capacity(request.records.len()), request.bytes);
            for record in &request.records {
                let text = if Instant::now() < until {
                    preview.line_within(record, Bounds { until, bytes: left })
                } else {
                    preview.skip("not looked at: the records before took all the time there is")
                };
                left = left.saturating_sub(text.len());
                answers.push(text);
                // Tasks have the threads too.
                tokio::task::yield_now().await;
            }
            Ok(answers)
        });
        let shown: Previewed = shown.await.map_err(|error| {
            HerderError::Failed(Exception::connect(format!("the preview ended with a panic: {error}")))
        })?;
        // The worker's own converter settings may hold secrets.
        let redactor = &self.worker.config().redactor;
        let hidden = |refusal: Refusal| Refusal::new(refusal.key, redactor.text(&refusal.message));
        Ok(shown.map_err(|refused| refused.into_iter().map(hidden).collect()))
    }
}
