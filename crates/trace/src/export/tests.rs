use super::*;
use opentelemetry::trace::{Span as _, Tracer, TracerProvider};
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

/// An exporter that does not answer before it is told how.
#[derive(Debug)]
struct Told {
    answers: Mutex<Receiver<OTelSdkResult>>,
    begun: Sender<usize>,
}

impl SpanExporter for Told {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.begun.send(batch.len()).unwrap();
        self.answers.lock().unwrap().recv().unwrap()
    }
}

#[test]
fn spans_that_find_no_place_are_dropped_and_counted_and_the_rest_goes_on() {
    let ((answer, answers), (begun, batches)) = (channel(), channel());
    let losses = Arc::<Losses>::default();
    let processor = Bounded::over(Told { answers: Mutex::new(answers), begun }, 4, Arc::clone(&losses));
    let waiting = Arc::clone(&processor.waiting);
    let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
    let tracer = provider.tracer("test");
    let spans = |count| (0..count).for_each(|_| tracer.start("span").end());

    spans(7);
    assert_eq!((losses.untold(), waiting.load(Ordering::Relaxed)), (3, 4));
    answer.send(Err(OTelSdkError::InternalFailure("refused".to_owned()))).unwrap();
    let _ = provider.force_flush();
    assert_eq!(batches.recv().unwrap(), 4);
    assert_eq!((losses.untold(), waiting.load(Ordering::Relaxed)), (0, 0), "all seven were told of");

    answer.send(Ok(())).unwrap();
    spans(2);
    provider.force_flush().unwrap();
    assert_eq!(batches.recv().unwrap(), 2);
    assert_eq!((losses.untold(), waiting.load(Ordering::Relaxed)), (0, 0));
}
