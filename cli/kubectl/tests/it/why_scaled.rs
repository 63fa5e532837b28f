use crate::support::{World, eventually};
use kube::api::{Api, Patch, PatchParams};
use pawnshop_cluster::Level;
use pawnshop_servers::Rabbit;
use serde_json::{Value, json};

#[tokio::test]
async fn a_pool_without_a_known_backlog_is_told_as_it_is_and_what_may_not_be_read_is_said() {
    let test = "why_scaled::a_pool_without_a_known_backlog_is_told_as_it_is_and_what_may_not_be_read_is_said";
    let Some(world) = World::new(Level::ControlPlane, test).await else { return };
    let none = world.plugin(&["why-scaled", "items"]).await;
    assert!(none.code == Some(1) && none.err.contains("has no shops: give -n, or --shop"), "{none:?}");
    world.apply_shop("town").await;
    let early = world.plugin(&["why-scaled", "actions"]).await;
    assert_eq!(early.code, Some(1));
    assert!(early.err.contains("the operator has told nothing yet of the pool actions"), "{early:?}");
    let _operator = world.operate("town").await;

    let mut told = early;
    eventually("the operator tells of the pool", async || {
        told = world.plugin(&["why-scaled", "actions"]).await;
        told.out.contains("scaled by the operator itself (Builtin)")
    })
    .await;
    for line in [
        "/town pool actions  0 of 1 ready",
        "the rule says now      1 BacklogUnknown: backlog unknown (without spec.broker.managementUri nobody can ask",
        "what would change it   a backlog that can be read",
        "limits         1 to 5",
        "ScalingActive of the shop: False",
        "no change of its number of workers is on record",
    ] {
        assert!(told.out.contains(line), "{line} in\n{}", told.out);
    }
    let fixed = world.plugin(&["why-scaled", "items", "--shop", "town"]).await;
    assert!(fixed.out.contains("as the resource says") && !fixed.out.contains("the rule"), "{fixed:?}");
    let json = world.plugin(&["why-scaled", "actions", "-o", "json"]).await.out;
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["rule"]["reason"], &json["inputs"]["backlog"]),
        (&json!("BacklogUnknown"), &Value::Null)
    );

    let told = world.plugin(&["why-scaled", "acions"]).await;
    assert_eq!(told.code, Some(1));
    assert!(told.err.contains("has a pool acions; did you mean actions?"), "{told:?}");
    let told = world.plugin(&["why-scaled", "actions", "--shop", "twon"]).await;
    assert!(told.err.contains("has no shop twon; did you mean town?"), "{told:?}");
    let told = world.plugin(&["why-scaled", "actions", "--shop", "town", "--as", "nobody"]).await;
    assert!(told.err.contains("you may not get pawnshops.pawnshop.dev in the namespace"), "{told:?}");

    let kubectl = async |arguments: &[&str]| {
        let of = ["--namespace", world.namespace.as_str()];
        assert!(world.cluster.kubectl().args(arguments).args(of).output().await.unwrap().status.success());
    };
    kubectl(&["create", "role", "viewer", "--verb=get,list", "--resource=pawnshops.pawnshop.dev"]).await;
    kubectl(&["create", "rolebinding", "viewer", "--role=viewer", "--user=ada"]).await;
    let mut told = told;
    eventually("ada may see the shop", async || {
        told = world.plugin(&["why-scaled", "actions", "--as", "ada"]).await;
        told.code == Some(0)
    })
    .await;
    assert!(told.out.contains("not shown: the Deployment: you may not get deployments.apps in"), "{told:?}");
    assert!(told.out.contains("1 BacklogUnknown"), "{told:?}");
}

/// A broker's management API.
struct Management<'a>(&'a str);

impl Management<'_> {
    async fn send(&self, request: reqwest::RequestBuilder, body: &Value) {
        let answer = request.header("content-type", "application/json").body(body.to_string()).send().await;
        answer.unwrap().error_for_status().unwrap();
    }

    fn at(&self, path: &str) -> String {
        format!("{}/api/{path}", self.0.trim_end_matches('/'))
    }

    async fn declare(&self, queue: &str) {
        let put = reqwest::Client::new().put(self.at(&format!("queues/%2F/{queue}")));
        self.send(put, &json!({"durable": true, "arguments": {"x-queue-type": "quorum"}})).await;
    }

    async fn publish(&self, queue: &str) {
        let post = reqwest::Client::new().post(self.at("exchanges/%2F/amq.default/publish"));
        let message = json!({
            "properties": {"delivery_mode": 2}, "routing_key": queue, "payload": "an event", "payload_encoding": "string",
        });
        self.send(post, &message).await;
    }
}

#[tokio::test]
async fn a_pool_that_followed_its_backlog_is_told_with_its_changes_and_each_is_an_event_once() {
    let test =
        "why_scaled::a_pool_that_followed_its_backlog_is_told_with_its_changes_and_each_is_an_event_once";
    if let Err(why) = Rabbit::installed() {
        return pawnshop_servers::skip(test, &why);
    }
    let Some(world) = World::new(Level::ControlPlane, test).await else { return };
    pawnshop_runtime::tls::install_provider();
    let rabbit = Rabbit::shared().await.unwrap();
    let management = Management(rabbit.management_uri().unwrap());
    let queue = |flow: &str| format!("{}.town.{flow}", world.namespace);
    for flow in ["item", "buy-actions", "sell-actions", "pawn-actions"] {
        management.declare(&queue(flow)).await;
    }
    world.secret("rabbit", &json!({"uri": rabbit.uri(), "managementUri": management.0})).await;
    world.secret("mongo", &json!({"uri": "mongodb://mongo.invalid"})).await;
    let mut shop = World::shop("town");
    shop["spec"]["broker"]["managementUri"] =
        json!({"secretKeyRef": {"name": "rabbit", "key": "managementUri"}});
    // A message counts as 256 events while no pod tells how large events are.
    shop["spec"]["pools"][1]["autoscaling"] = json!({"min": 1, "max": 5, "backlogPerWorker": 100});
    world.apply(&shop).await;
    let operator = world.operator("town", &["--broker-poll-interval=1s"]).await;

    let mut told = world.plugin(&["why-scaled", "actions"]).await;
    eventually("its backlog is known", async || {
        told = world.plugin(&["why-scaled", "actions"]).await;
        told.out.contains("1 AtMinimum: backlog 0") || told.out.contains("1 AsWanted: backlog 0")
    })
    .await;
    management.publish(&queue("buy-actions")).await;
    eventually("it has been scaled out", async || {
        told = world.plugin(&["why-scaled", "actions"]).await;
        told.out.contains("\nCHANGED")
    })
    .await;
    println!("{}", told.out);
    assert!(
        told.out.contains("pool actions  0 of 3 ready, scaled by the operator itself (Builtin)"),
        "{told:?}"
    );
    assert!(told.out.contains("backlog 256, 100 per worker: asks for 3 within 1..5"), "{told:?}");
    let status = world.plugin(&["status", "town"]).await;
    println!("{}", status.out);
    assert!(status.out.contains(", 1 to 5 by Builtin"), "{status:?}");
    assert!(status.out.contains(" ago: 1 -> 3 BacklogGrew: backlog 256"), "{status:?}");

    let scaled = async || {
        let told = world.plugin(&["events", "town", "-o", "json"]).await;
        let rows: Vec<Value> = serde_json::from_str(&told.out).unwrap();
        let scaled = rows.into_iter().filter(|row| row["reason"] == "ScaledOut");
        scaled.map(|row| (row["count"].clone(), row["message"].clone())).collect::<Vec<_>>()
    };
    eventually("the change is an event", async || !scaled().await.is_empty()).await;
    let once = scaled().await;
    assert_eq!(once.len(), 1, "{once:?}");
    assert_eq!(once[0].0, 1);
    let note = once[0].1.as_str().unwrap();
    assert!(note.starts_with("pool actions, from 1 to 3 workers: 1 -> 3 BacklogGrew: backlog 256"), "{note}");

    // An operator that begins tells what it does, and nothing of what was done before.
    drop(operator);
    let api =
        Api::<k8s_openapi::api::coordination::v1::Lease>::namespaced(world.client.clone(), &world.namespace);
    api.delete("pawnshop-operator", &Default::default()).await.unwrap();
    let _operator = world.operator("town", &["--broker-poll-interval=1s"]).await;
    let pause =
        Patch::Merge(json!({"metadata": {"annotations": {"pawnshop.dev/paused-scaling": "actions"}}}));
    world.shops().patch("town", &PatchParams::default(), &pause).await.unwrap();
    eventually("it has been looked at again", async || {
        told = world.plugin(&["why-scaled", "actions"]).await;
        told.out.contains("3 Paused: backlog 2") && told.out.contains("ScalingActive of the shop: False")
    })
    .await;
    println!("{}", told.out);
    assert!(world.plugin(&["status", "town"]).await.out.contains("1 to 5 by Builtin, paused"));
    assert_eq!(scaled().await, once);
    let json: Value =
        serde_json::from_str(&world.plugin(&["why-scaled", "actions", "-o", "json"]).await.out).unwrap();
    assert_eq!(json["changes"].as_array().map(Vec::len), Some(1), "{json}");
}
