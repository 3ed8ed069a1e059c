//! What `docker build` of the classic builder prints, as events.

use std::time::Instant;

use crate::event::{Event, StepState};

/// Reads the standard output of one `docker build`, line by line.
#[derive(Debug)]
pub(super) struct Transcript {
    image: String,
    target: String,
    step: Option<Step>,
    /// Steps so far.
    pub(super) steps: usize,
    /// Of these, steps that came from the cache.
    pub(super) cached_steps: usize,
}

/// The step that runs.
#[derive(Debug)]
struct Step {
    id: String,
    /// `[2/7] RUN make`
    name: String,
    begun: Instant,
    cached: bool,
}

impl Transcript {
    /// The transcript of the target called `target`, which builds `image`.
    pub(super) fn new(image: &str, target: &str) -> Self {
        Self { image: image.to_owned(), target: target.to_owned(), step: None, steps: 0, cached_steps: 0 }
    }

    /// Takes the next line, read at `now`, and returns what it tells.
    pub(super) fn line(&mut self, line: &str, now: Instant) -> Vec<Event> {
        // what a RUN writes to its standard error comes in red, and the reset may stand before docker's own line
        let line = line.trim_end_matches('\r').replace("\u{1b}[91m", "").replace("\u{1b}[0m", "");
        if let Some((number, name)) = parse_step(&line) {
            let mut events: Vec<Event> = self.finish(now).into_iter().collect();
            self.steps += 1;
            let step = Step { id: format!("{}/{number}", self.target), name, begun: now, cached: false };
            events.push(self.event(&step, StepState::Started));
            self.step = Some(step);
            return events;
        }
        if line.starts_with("Successfully built ") {
            return self.finish(now).into_iter().collect();
        }
        let Some(step) = &mut self.step else {
            // before the first step and after the last one docker talks about itself
            return vec![];
        };
        if let Some(remark) = line.strip_prefix(" ---> ") {
            step.cached |= remark == "Using cache";
            return vec![];
        }
        vec![Event::StepLog { image: self.image.clone(), step: step.id.clone(), line }]
    }

    /// The running step failed.
    pub(super) fn fail(&mut self, why: &str) -> Option<Event> {
        let step = self.step.take()?;
        Some(self.event(&step, StepState::Failed(why.to_owned())))
    }

    /// The running step was stopped.
    pub(super) fn cancel(&mut self) -> Option<Event> {
        let step = self.step.take()?;
        Some(self.event(&step, StepState::Cancelled))
    }

    /// Number (from 1) and name of the running step.
    pub(super) fn running(&self) -> Option<(usize, &str)> {
        self.step.as_ref().map(|step| (self.steps, step.name.as_str()))
    }

    fn finish(&mut self, now: Instant) -> Option<Event> {
        let step = self.step.take()?;
        if step.cached {
            self.cached_steps += 1;
            return Some(self.event(&step, StepState::Cached));
        }
        Some(self.event(&step, StepState::Done(now.saturating_duration_since(step.begun))))
    }

    fn event(&self, step: &Step, state: StepState) -> Event {
        Event::Step { image: self.image.clone(), step: step.id.clone(), name: step.name.clone(), state }
    }
}

/// `Step 2/7 : RUN make` as number and `[2/7] RUN make`.
fn parse_step(line: &str) -> Option<(u32, String)> {
    let (count, instruction) = line.strip_prefix("Step ")?.split_once(" : ")?;
    let (number, of) = count.split_once('/')?;
    let (number, of) = (number.parse().ok()?, of.parse::<u32>().ok()?);
    Some((number, format!("[{number}/{of}] {instruction}")))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn told(text: &str) -> (Transcript, Vec<String>) {
        let begun = Instant::now();
        let mut transcript = Transcript::new("example.com/app", "app");
        let mut told = vec![];
        for (second, line) in text.lines().enumerate() {
            for event in transcript.line(line, begun + Duration::from_secs(second as u64)) {
                told.push(match event {
                    Event::Step { step, name, state, image } => {
                        assert_eq!(image, "example.com/app");
                        format!("{step} {name}: {state:?}")
                    }
                    Event::StepLog { step, line, .. } => format!("{step} > {line}"),
                    other => panic!("{other:?}"),
                });
            }
        }
        (transcript, told)
    }

    #[test]
    fn a_build_is_told_step_by_step() {
        let (transcript, told) = told(
            "Sending build context to Docker daemon  2.048kB\r\r
Step 1/4 : FROM busybox
 ---> 41e04f652542
Step 2/4 : ARG X
 ---> Using cache
 ---> a908c112b099
Step 3/4 : RUN echo hi $X && echo err >&2
 ---> Running in 428681db742a
hi 1
\u{1b}[91merr
\u{1b}[0m ---> Removed intermediate container 428681db742a
 ---> f11c8eb5a2ff
Step 4/4 : COPY Dockerfile /
 ---> 102411cf4808
Successfully built 102411cf4808
Successfully tagged t1:x",
        );
        assert_eq!(
            told,
            [
                "app/1 [1/4] FROM busybox: Started",
                "app/1 [1/4] FROM busybox: Done(2s)",
                "app/2 [2/4] ARG X: Started",
                "app/2 [2/4] ARG X: Cached",
                "app/3 [3/4] RUN echo hi $X && echo err >&2: Started",
                "app/3 > hi 1",
                "app/3 > err",
                "app/3 [3/4] RUN echo hi $X && echo err >&2: Done(6s)",
                "app/4 [4/4] COPY Dockerfile /: Started",
                "app/4 [4/4] COPY Dockerfile /: Done(2s)",
            ]
        );
        assert_eq!((transcript.steps, transcript.cached_steps), (4, 1));
        assert_eq!(transcript.running(), None);
    }

    #[test]
    fn a_failing_step_is_named() {
        let (mut transcript, _) =
            told("Step 1/2 : FROM busybox\n ---> 1\nStep 2/2 : RUN false\n ---> Running in 2");
        assert_eq!(transcript.running(), Some((2, "[2/2] RUN false")));
        let Some(Event::Step { state: StepState::Failed(why), .. }) = transcript.fail("exit code 1") else {
            panic!("no step")
        };
        assert_eq!(why, "exit code 1");
        assert_eq!(transcript.cancel(), None);
    }

    #[test]
    fn output_that_looks_like_a_step_needs_the_whole_shape() {
        assert_eq!(parse_step("Step 2/7 : RUN a : b"), Some((2, "[2/7] RUN a : b".to_owned())));
        for line in ["Step 2 : RUN", "Step two/7 : RUN", "Step 2/7: RUN", "step 2/7 : RUN"] {
            assert_eq!(parse_step(line), None, "{line}");
        }
    }
}
