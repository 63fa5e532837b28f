use super::member::{Health, Member};
use rand::RngExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{sleep, timeout};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// Asks the worker whether it serves, about once in `period`, for ever.
pub(super) async fn watch_health(member: Arc<Member>, period: Duration) {
    loop {
        member.asked(ask(&member, period).await);
        let pause = period.mul_f64(rand::rng().random_range(0.9..1.1));
        sleep(pause).await;
    }
}

/// Asks for the server as a whole (the empty service name). A server without the health service serves: it would
/// not answer otherwise.
async fn ask(member: &Member, patience: Duration) -> Health {
    let mut client = HealthClient::new(member.channel());
    match timeout(patience, client.check(HealthCheckRequest::default())).await {
        Ok(Ok(answer)) if answer.get_ref().status() == ServingStatus::Serving => Health::Serving,
        Ok(Err(status)) if status.code() == Code::Unimplemented => Health::Serving,
        Ok(Ok(_) | Err(_)) | Err(_) => Health::NotServing,
    }
}
