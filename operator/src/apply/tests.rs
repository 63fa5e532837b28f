//! Against an API server of one screen: it stores objects, keeps book of who applied which fields, and of requests.

use super::*;
use crate::children::Sighting;
use http::{Method, Request, Response, StatusCode};
use kube::client::Body;
use kube::runtime::watcher::Event;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Server(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// By path.
    objects: BTreeMap<String, Value>,
    version: u64,
    requests: Vec<String>,
}

impl Server {
    fn client(&self) -> Client {
        let server = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let server = server.clone();
            async move {
                let (head, body) = request.into_parts();
                let body = body.collect_bytes().await.unwrap_or_default();
                let (status, answer) = server.answer(&head.method, head.uri.path(), &body);
                let mut response = Response::new(Body::from(answer.to_string().into_bytes()));
                *response.status_mut() = status;
                Ok::<_, tower::BoxError>(response)
            }
        });
        Client::new(service, "shops")
    }

    fn answer(&self, method: &Method, path: &str, body: &[u8]) -> (StatusCode, Value) {
        let mut state = self.0.lock().unwrap();
        state.requests.push(format!("{method} {path}"));
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        if let Some(object) = path.strip_suffix("/scale") {
            assert_eq!(
                body["metadata"]["resourceVersion"],
                state.objects[object]["metadata"]["resourceVersion"]
            );
            state.change(object, |object| {
                // Nobody becomes the manager of what had none.
                object["spec"]["replicas"] = body["spec"]["replicas"].clone();
            });
            return (StatusCode::OK, json!({"metadata": {}, "spec": {}}));
        }
        match *method {
            Method::GET if state.objects.contains_key(path) => (StatusCode::OK, state.objects[path].clone()),
            Method::PATCH => (StatusCode::OK, state.apply(path, body)),
            Method::DELETE => (StatusCode::OK, state.objects.remove(path).unwrap()),
            _ => (
                StatusCode::NOT_FOUND,
                json!({"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404}),
            ),
        }
    }

    fn put(&self, path: &str, object: Value) {
        self.0.lock().unwrap().objects.insert(path.to_owned(), object);
    }

    fn change(&self, path: &str, change: impl FnOnce(&mut Value)) {
        self.0.lock().unwrap().change(path, change);
    }

    fn get(&self, path: &str) -> Option<Value> {
        self.0.lock().unwrap().objects.get(path).cloned()
    }

    /// The requests since last asked.
    fn requests(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap().requests)
    }

    /// Tells the watches how everything is.
    fn show(&self, children: &Children) {
        let state = self.0.lock().unwrap();
        for kind in Kind::ALL {
            children.note(kind, Event::Init);
        }
        for (path, object) in &state.objects {
            let kind =
                Kind::ALL.into_iter().find(|kind| path.contains(&format!("/{}/", kind.resource().plural)));
            let metadata = serde_json::from_value(object["metadata"].clone()).unwrap();
            let rollout = (kind == Some(Kind::Deployment))
                .then(|| crate::children::Rollout::of(&serde_json::from_value(object.clone()).unwrap()));
            children.note(kind.unwrap(), Event::InitApply(Sighting { metadata, rollout }));
        }
        for kind in Kind::ALL {
            children.note(kind, Event::InitDone);
        }
    }
}

impl State {
    fn change(&mut self, path: &str, change: impl FnOnce(&mut Value)) {
        self.version += 1;
        let object = self.objects.get_mut(path).unwrap();
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        object["metadata"]["generation"] = json!(object["metadata"]["generation"].as_i64().unwrap_or(0) + 1);
        change(object);
    }

    fn apply(&mut self, path: &str, applied: Value) -> Value {
        let mut object =
            self.objects.get(path).cloned().unwrap_or_else(|| json!({"metadata": {"uid": path}, "spec": {}}));
        let entry = json!({"manager": MANAGER, "operation": "Apply", "fieldsV1": fields(&applied)});
        let mut entries = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
        entries.retain(|entry| entry["operation"] != "Apply");
        entries.push(entry);
        merge(&mut object, &applied);
        object["metadata"]["managedFields"] = entries.into();
        if path.contains("/deployments/") && object["spec"].get("replicas").is_none() {
            object["spec"]["replicas"] = json!(1);
        }
        self.objects.insert(path.to_owned(), object);
        self.change(path, |_| {});
        self.objects[path].clone()
    }
}

/// What an applied configuration owns; lists are owned as one.
fn fields(applied: &Value) -> Value {
    const NOBODY_S: [&str; 6] = ["apiVersion", "kind", "name", "namespace", "uid", "resourceVersion"];
    match applied {
        Value::Object(parts) => {
            let parts = parts.iter().filter(|(key, _)| !NOBODY_S.contains(&key.as_str()));
            Value::Object(parts.map(|(key, value)| (format!("f:{key}"), fields(value))).collect())
        }
        _ => json!({}),
    }
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

fn owner_reference() -> Value {
    json!([{"apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop", "name": "town", "uid": "town-1", "controller": true}])
}

fn child(kind: Kind, name: &str, spec: Value) -> Child {
    let resource = kind.resource();
    let object = json!({
        "apiVersion": resource.api_version, "kind": resource.kind,
        "metadata": {
            "name": name, "namespace": "shops", "ownerReferences": owner_reference(),
            "labels": {"app.kubernetes.io/managed-by": MANAGER, "pawnshop.dev/shop": "town"},
        },
        "spec": spec,
    });
    Child { resource, object, initial_replicas: None, replicas_are_fixed: false }
}

fn service() -> Child {
    child(Kind::Service, "town-dispatcher", json!({"type": "ClusterIP"}))
}

fn deployment(replicas: i32, fixed: bool) -> Child {
    let child = child(Kind::Deployment, "town-items", json!({"paused": false}));
    Child { initial_replicas: Some(replicas), replicas_are_fixed: fixed, ..child }
}

const SERVICE: &str = "/api/v1/namespaces/shops/services/town-dispatcher";
const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/shops/deployments/town-items";

/// A shop in a cluster, and what is remembered of it.
struct World {
    server: Server,
    client: Client,
    children: Children,
    past: Past,
}

impl World {
    fn new() -> Self {
        let server = Server::default();
        Self { client: server.client(), server, children: Children::default(), past: Past::default() }
    }

    /// Applies with watches that have told everything; what was done, and the requests that it took.
    async fn apply(&mut self, desired: &[Child]) -> (Outcome, Vec<String>) {
        self.server.show(&self.children);
        self.apply_unseen(desired).await
    }

    async fn apply_unseen(&mut self, desired: &[Child]) -> (Outcome, Vec<String>) {
        let shop = Owner { name: "town".to_owned(), uid: "town-1".to_owned() };
        let applier =
            Applier { client: &self.client, children: &self.children, namespace: "shops", shop: &shop };
        let outcome = applier.apply(desired, &mut self.past).await;
        assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
        (outcome, self.server.requests())
    }
}

fn what(outcome: &Outcome) -> Vec<What> {
    outcome.changes.iter().map(|change| change.what.clone()).collect()
}

#[tokio::test]
async fn what_is_missing_is_created_and_then_costs_no_request_for_as_long_as_nothing_changes() {
    let mut world = World::new();
    let desired = [service(), deployment(1, false)];
    let (outcome, requests) = world.apply(&desired).await;
    assert_eq!(what(&outcome), [What::Created, What::Created]);
    let expected: Vec<_> = [SERVICE, DEPLOYMENT]
        .iter()
        .flat_map(|path| [format!("GET {path}"), format!("PATCH {path}")])
        .collect();
    assert_eq!(requests, expected);
    for _ in 0..20 {
        let (outcome, requests) = world.apply(&desired).await;
        assert!(outcome.changes.is_empty() && requests.is_empty(), "{requests:?}");
    }
}

#[tokio::test]
async fn an_operator_that_remembers_nothing_reads_and_writes_nothing() {
    let mut world = World::new();
    let desired = [service(), deployment(1, false)];
    world.apply(&desired).await;
    world.past.looks.clear();
    let (outcome, requests) = world.apply(&desired).await;
    assert!(outcome.changes.is_empty());
    assert_eq!(requests, [format!("GET {SERVICE}"), format!("GET {DEPLOYMENT}")]);
}

#[tokio::test]
async fn drift_and_deletion_are_repaired_and_foreign_fields_stay() {
    let mut world = World::new();
    world.apply(&[service()]).await;
    world.server.change(SERVICE, |service| {
        service["spec"]["type"] = json!("NodePort");
        service["metadata"]["labels"]["team"] = json!("theirs");
    });
    let (outcome, _) = world.apply(&[service()]).await;
    assert_eq!(what(&outcome), [What::Repaired("spec.type".to_owned())]);
    let repaired = world.server.get(SERVICE).unwrap();
    assert_eq!(
        (&repaired["spec"]["type"], &repaired["metadata"]["labels"]["team"]),
        (&json!("ClusterIP"), &json!("theirs"))
    );

    world.server.change(SERVICE, |service| service["metadata"]["annotations"] = json!({"theirs": "too"}));
    let (outcome, requests) = world.apply(&[service()]).await;
    assert!(outcome.changes.is_empty(), "a foreign field is no drift");
    assert_eq!(requests, [format!("GET {SERVICE}")]);

    world.server.0.lock().unwrap().objects.clear();
    let (outcome, _) = world.apply(&[service()]).await;
    assert_eq!(what(&outcome), [What::Repaired("deleted".to_owned())]);
    assert!(world.server.get(SERVICE).is_some());
}

#[tokio::test]
async fn another_s_object_of_our_name_is_told_and_never_written() {
    for foreign in [
        json!({"name": "town-dispatcher", "namespace": "shops", "uid": "f"}),
        json!({"name": "town-dispatcher", "namespace": "shops", "uid": "f", "ownerReferences": [
            {"apiVersion": "pawnshop.dev/v1alpha1", "kind": "PawnShop", "name": "town", "uid": "town-0", "controller": true},
        ]}),
        json!({"name": "town-dispatcher", "namespace": "shops", "uid": "f",
            "labels": {"app.kubernetes.io/managed-by": MANAGER, "pawnshop.dev/shop": "another"}}),
    ] {
        let mut world = World::new();
        let object =
            json!({"apiVersion": "v1", "kind": "Service", "metadata": foreign, "spec": {"type": "NodePort"}});
        world.server.put(SERVICE, object.clone());
        let (outcome, requests) = world.apply(&[service(), deployment(1, false)]).await;
        assert_eq!(outcome.conflicts.len(), 1);
        assert_eq!(outcome.conflicts[0].name, "town-dispatcher");
        assert_eq!(world.server.get(SERVICE).unwrap(), object);
        assert!(requests.contains(&format!("PATCH {DEPLOYMENT}")), "the rest is applied: {requests:?}");
    }
}

#[tokio::test]
async fn an_object_that_was_cut_off_from_its_shop_is_taken_back() {
    let mut world = World::new();
    world.apply(&[service()]).await;
    world.server.change(SERVICE, |service| service["metadata"]["ownerReferences"] = json!([]));
    let (outcome, _) = world.apply(&[service()]).await;
    assert_eq!(what(&outcome), [What::Repaired("metadata.ownerReferences".to_owned())]);
}

#[tokio::test]
async fn what_is_ours_and_no_longer_desired_is_deleted_and_nothing_else_is() {
    let mut world = World::new();
    world.apply(&[service(), deployment(1, false)]).await;
    let foreign = "/api/v1/namespaces/shops/services/town-foreign";
    world
        .server
        .put(foreign, json!({"metadata": {"name": "town-foreign", "namespace": "shops", "uid": "f"}}));
    let (outcome, _) = world.apply(&[deployment(1, false)]).await;
    assert_eq!(what(&outcome), [What::Pruned]);
    assert!(world.server.get(SERVICE).is_none() && world.server.get(foreign).is_some());

    // A watch may be late: by then it is another's.
    let mut world = World::new();
    world.apply(&[service()]).await;
    world.server.show(&world.children);
    world.server.change(SERVICE, |service| service["metadata"]["ownerReferences"] = json!([]));
    let (outcome, _) = world.apply_unseen(&[]).await;
    assert!(outcome.changes.is_empty() && world.server.get(SERVICE).is_some());
}

fn binding(role: &str) -> Child {
    let mut child = child(Kind::RoleBinding, "town-dispatcher", json!({}));
    child.object["roleRef"] = json!({"kind": "ClusterRole", "name": role});
    child
}

#[tokio::test]
async fn a_binding_to_another_role_is_deleted_and_made_anew_and_only_where_it_is_ours() {
    const BINDING: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/shops/rolebindings/town-dispatcher";
    let mut world = World::new();
    world.apply(&[binding("old")]).await;
    let (outcome, requests) = world.apply(&[binding("new")]).await;
    assert_eq!(what(&outcome), [What::Updated]);
    assert_eq!(requests, ["GET", "DELETE", "PATCH"].map(|verb| format!("{verb} {BINDING}")));
    assert_eq!(world.server.get(BINDING).unwrap()["roleRef"]["name"], "new");
    let (outcome, requests) = world.apply(&[binding("new")]).await;
    assert!(outcome.changes.is_empty() && requests.is_empty(), "{requests:?}");

    let mut foreign = binding("foreign").object;
    foreign["metadata"]["ownerReferences"] = json!([]);
    foreign["metadata"]["labels"] = json!({});
    foreign["metadata"]["uid"] = json!("f");
    world.server.put(BINDING, foreign.clone());
    let (outcome, _) = world.apply(&[binding("new")]).await;
    assert_eq!(outcome.conflicts.len(), 1);
    assert_eq!(world.server.get(BINDING).unwrap(), foreign);
}

#[tokio::test]
async fn a_field_that_is_no_longer_desired_is_given_up() {
    let mut world = World::new();
    let mut labelled = service();
    labelled.object["metadata"]["labels"]["old"] = json!("label");
    world.apply(&[labelled]).await;
    let (outcome, _) = world.apply(&[service()]).await;
    assert_eq!(what(&outcome), [What::Updated]);
    let owned = world.server.get(SERVICE).unwrap()["metadata"]["managedFields"].to_string();
    assert!(!owned.contains("f:old"), "{owned}");
}

#[tokio::test(start_paused = true)]
async fn whoever_keeps_changing_what_is_ours_is_told_and_not_raced() {
    let mut world = World::new();
    world.apply(&[service()]).await;
    let mut outcomes = Vec::new();
    for _ in 0..20 {
        world.server.change(SERVICE, |service| service["spec"]["type"] = json!("NodePort"));
        outcomes.push(world.apply(&[service()]).await.0);
    }
    let repaired = outcomes.iter().filter(|outcome| !outcome.changes.is_empty()).count();
    assert_eq!(repaired, 5);
    assert_eq!(outcomes[19].contests[0].path, "spec.type");
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    assert_eq!(world.apply(&[service()]).await.0.changes.len(), 1);
}

fn replicas(world: &World) -> Value {
    world.server.get(DEPLOYMENT).unwrap()["spec"]["replicas"].clone()
}

#[tokio::test]
async fn a_new_deployment_is_scaled_once_and_belongs_to_its_scaler_ever_after() {
    let mut world = World::new();
    world.apply(&[deployment(3, false)]).await;
    assert_eq!(replicas(&world), json!(3));
    world.server.change(DEPLOYMENT, |deployment| deployment["spec"]["replicas"] = json!(7));
    world.past.looks.clear();
    world.apply(&[deployment(3, false)]).await;
    assert_eq!(replicas(&world), json!(7));
}

#[tokio::test]
async fn a_crash_between_creating_and_scaling_is_made_good() {
    let mut world = World::new();
    world.apply(&[deployment(1, false)]).await;
    world.past.looks.clear();
    let (_, requests) = world.apply(&[deployment(3, false)]).await;
    assert_eq!(requests, [format!("GET {DEPLOYMENT}"), format!("PUT {DEPLOYMENT}/scale")]);
    assert_eq!(replicas(&world), json!(3));
}

#[tokio::test]
async fn a_fixed_number_of_replicas_is_kept() {
    let mut world = World::new();
    world.apply(&[deployment(2, true)]).await;
    assert_eq!(replicas(&world), json!(2));
    world.apply(&[deployment(2, true)]).await;
    world.server.change(DEPLOYMENT, |deployment| deployment["spec"]["replicas"] = json!(7));
    world.apply(&[deployment(2, true)]).await;
    assert_eq!(replicas(&world), json!(2));
    world.apply(&[deployment(5, true)]).await;
    assert_eq!(replicas(&world), json!(5));
}
