//! What a stranger with a generic gRPC client finds.

use crate::support::Servers;
use tokio_stream::StreamExt;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

#[tokio::test]
async fn reflection_names_every_service_and_describes_it() {
    let Some(servers) = Servers::find("reflection_names_every_service").await else { return };
    let worker = servers.worker(&[]).await;
    let ask = async |request: MessageRequest| {
        let request = ServerReflectionRequest { host: String::new(), message_request: Some(request) };
        let mut client = ServerReflectionClient::new(worker.channel());
        let mut answers =
            client.server_reflection_info(tokio_stream::once(request)).await.unwrap().into_inner();
        answers.next().await.unwrap().unwrap().message_response.unwrap()
    };
    let MessageResponse::ListServicesResponse(listed) =
        ask(MessageRequest::ListServices(String::new())).await
    else {
        panic!("no list");
    };
    let names: Vec<String> = listed.service.into_iter().map(|service| service.name).collect();
    for name in [
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "pawnshop.v1.DeadLetters",
        "pawnshop.v1.Figures",
        "pawnshop.v1.ItemQueries",
        "pawnshop.v1.Outcomes",
    ] {
        assert!(names.iter().any(|listed| listed == name), "{name} is missing in {names:?}");
        let described = ask(MessageRequest::FileContainingSymbol(name.to_owned())).await;
        assert!(matches!(described, MessageResponse::FileDescriptorResponse(_)), "{name}: {described:?}");
    }
}
