//! The platform itself: what a process shares, and the two steps of every call.
//!
//! `open` decides the right from the method, the target and the caller alone, before a body is
//! read; `run` does the work. What is done is driven by the model: only operations are matched by
//! name, in `areas/`.

use std::sync::Arc;

use auth::{
    OpCx,
    policy::{Decision, policy},
};
use kql::{answer::Answer, hunt::Hunter};
use model::{Model, Version, graph, path::Target};
use serde_json::Value;
use store::{ReadTx, Store};

use crate::{
    areas::{
        self,
        defender_incidents::{self, DefenderPage},
        hunting::{HuntRequest, HuntingOptions},
        operate::Operate,
        subscriptions::endpoints::Endpoints,
        unbuilt,
    },
    call::{Call, Method, Permit, Prefer},
    fault::Fault,
    intake::push,
    read::Reader,
    reply::{PushReport, Reply},
    stamps::Stamps,
    tree,
    write::Writer,
};

/// Everything a call needs; clones share it.
#[derive(Clone)]
pub struct Platform {
    pub(crate) store: Store,
    pub(crate) hunter: Arc<dyn Hunter>,
    pub(crate) hunting: Arc<HuntingOptions>,
    pub(crate) stamps: Stamps,
    pub(crate) endpoints: Option<Arc<dyn Endpoints>>,
}

impl Platform {
    /// A platform on a store, with its indexes in place and the schemas read, so that no request has
    /// to wait for them.
    pub async fn new(
        store: Store,
        hunter: Arc<dyn Hunter>,
        hunting: HuntingOptions,
    ) -> Result<Self, Fault> {
        for version in [Version::V1, Version::Beta] {
            graph(version);
        }
        policy();
        store
            .write(|tx| {
                for (kind, indexes) in areas::INDEXES {
                    tx.ensure_indexes(kind, indexes)?;
                }
                for (kind, sought, tallied) in areas::beside::BESIDE {
                    tx.ensure_beside(kind, sought, tallied)?;
                }
                Ok::<_, Fault>(())
            })
            .await?;
        let (hunting, stamps) = (Arc::new(hunting), Stamps::default());
        Ok(Self { store, hunter, hunting, stamps, endpoints: None })
    }

    /// The same with a way out to the endpoints of subscriptions; without one none can be made.
    #[must_use]
    pub fn with_endpoints(mut self, endpoints: Arc<dyn Endpoints>) -> Self {
        self.endpoints = Some(endpoints);
        self
    }

    /// The store, for those who wire the parts together.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Whoever runs queries and takes events in.
    pub fn hunter(&self) -> &Arc<dyn Hunter> {
        &self.hunter
    }

    /// The verbs that are served for a target, whoever asks.
    pub fn verbs(version: Version, target: &Target<'_>) -> Vec<Method> {
        let served = policy().methods(version.as_str(), &target.template());
        let all = [Method::Get, Method::Post, Method::Patch, Method::Put, Method::Delete];
        let is_served = |it: &Method| target.allows(it.as_str()) && served.contains(&it.as_str());
        all.into_iter().filter(is_served).collect()
    }

    /// Decides whether the caller may make this call. Nothing of the body is needed.
    pub fn open(&self, cx: &OpCx, mut call: Call<'static>) -> Result<Permit, Fault> {
        let template = call.target.template();
        let known = call.target.allows(call.method.as_str());
        let (version, method) = (call.version.as_str(), call.method.as_str());
        match policy().check(version, method, &template, &cx.caller) {
            Decision::Allowed if known => {
                if call.target.settle(cx.caller.user.as_deref()) {
                    return Ok(Permit { call });
                }
                let reason = "'/me' means the caller, who must be a person and not an application";
                Err(Fault::Wrong(reason.to_owned()))
            }
            Decision::Forbidden { needed } => Err(Fault::Forbidden { needed }),
            // What no line names is there for nobody.
            Decision::Allowed | Decision::Unknown => {
                if policy().methods(version, &template).is_empty() {
                    return Err(Fault::absent(format!("resource '{template}'")));
                }
                Err(Fault::MethodNotAllowed { method, template })
            }
        }
    }

    /// The same for a path outside the model (`/provider/v1/alerts`, `/api/advancedhunting/run`).
    pub fn open_path(&self, cx: &OpCx, method: Method, template: &str) -> Result<(), Fault> {
        match policy().check("", method.as_str(), template, &cx.caller) {
            Decision::Allowed => Ok(()),
            Decision::Forbidden { needed } => Err(Fault::Forbidden { needed }),
            Decision::Unknown => Err(Fault::Forbidden { needed: Vec::new() }),
        }
    }

    /// Runs an opened call.
    pub async fn run(
        &self,
        cx: &OpCx,
        permit: Permit,
        body: Option<Value>,
        prefer: Prefer,
    ) -> Result<Reply, Fault> {
        let Call { version, method, target, options } = permit.call;
        let template = target.template();
        self.pass(cx, version, &target).await?;
        if unbuilt::is_unbuilt(method, &template) {
            return Err(Fault::NotImplemented { what: format!("{} {template}", method.as_str()) });
        }
        if options.expand.len() > 1 {
            let reason = "only one relationship can be expanded in a request";
            return Err(Fault::invalid("$expand", reason));
        }
        let model: &'static Model = graph(version);
        let reader = || Reader::new(self, cx, model, &prefer);
        let writer = || Writer::new(self, cx, model, &prefer);
        match (method, target) {
            (Method::Get, target @ Target::Collection(_)) => reader().list(target, options).await,
            (Method::Get, target @ Target::Item(..)) => reader().get(target, options).await,
            (Method::Get, Target::Count(set)) => reader().count(set, options).await,
            (Method::Get, target @ Target::Property(_)) => reader().property(target).await,
            (Method::Get, target @ Target::Singleton(_)) => reader().single(target, options).await,
            (Method::Get, target @ Target::Linked(_)) => reader().follow(target, options).await,
            (Method::Get, target @ Target::Ref(_)) => reader().references(target).await,
            (Method::Get, target @ Target::Delta(_)) => reader().delta(target, options).await,
            (Method::Post, target @ Target::Collection(_)) => {
                writer().create(target, needed(body)?).await
            }
            (Method::Post, Target::Property(target)) => {
                writer().append(target, needed(body)?).await
            }
            (Method::Post | Method::Put, Target::Ref(it)) => {
                writer().refer(it, Some(address(body.as_ref())?), false).await
            }
            (Method::Delete, Target::Ref(it)) => {
                let named = options.id.clone();
                writer().refer(it, named, true).await
            }
            (Method::Patch, target @ Target::Item(..)) => {
                writer().patch(target, needed(body)?).await
            }
            (Method::Patch | Method::Post, target @ Target::Singleton(_)) => {
                let whole = method == Method::Post;
                writer().patch_single(target, needed(body)?, whole).await
            }
            (Method::Put, Target::Property(_)) => {
                Err(Fault::Wrong("the content is sent as it is, with its own type".to_owned()))
            }
            (Method::Delete, Target::Item(set, key)) => writer().delete(set, key).await,
            (Method::Get | Method::Post, Target::Operation(call)) => {
                let (platform, prefer) = (self, &prefer);
                let operate = Operate { platform, cx, model, prefer, call, options, template };
                operate.run(body).await
            }
            _ => Err(Fault::MethodNotAllowed { method: method.as_str(), template }),
        }
    }

    /// What a path goes through must be there.
    async fn pass(
        &self,
        cx: &OpCx,
        version: Version,
        target: &Target<'static>,
    ) -> Result<(), Fault> {
        if target.through().is_empty() {
            return Ok(());
        }
        let (tenant, through) = (cx.tenant.clone(), target.through().to_vec());
        let climb = move |tx: &mut ReadTx<'_>| tree::climb(tx, &tenant, graph(version), &through);
        self.store.read(climb).await.map(|_| ())
    }

    /// Takes a provider's alerts in. An item may be an unreadable line: it is refused by itself.
    pub async fn push_alerts(
        &self,
        cx: &OpCx,
        source: &str,
        items: Vec<Result<Value, String>>,
    ) -> Result<PushReport, Fault> {
        push::push(self, cx, source, items).await
    }

    /// Runs a hunt, for the paths outside the model that also do.
    pub async fn hunt(&self, cx: &OpCx, request: HuntRequest) -> Result<Answer, Fault> {
        areas::hunting::hunt(self, cx, request).await
    }
}

/// The Microsoft 365 Defender API's view of incidents.
impl Platform {
    /// One page; `query` is what follows `?`, as sent.
    pub async fn defender_list(&self, cx: &OpCx, query: &str) -> Result<DefenderPage, Fault> {
        defender_incidents::list(self, cx, query).await
    }

    /// One incident with its alerts.
    pub async fn defender_get(&self, cx: &OpCx, id: &str) -> Result<Value, Fault> {
        defender_incidents::get(self, cx, id).await
    }

    /// Changes an incident, and answers it.
    pub async fn defender_patch(
        &self,
        cx: &OpCx,
        id: &str,
        body: Option<Value>,
    ) -> Result<Value, Fault> {
        defender_incidents::patch(self, cx, id, body).await
    }
}

fn needed(body: Option<Value>) -> Result<Value, Fault> {
    body.ok_or_else(|| Fault::Wrong("the request needs a JSON body".to_owned()))
}

/// The address in the body of a `$ref`.
fn address(body: Option<&Value>) -> Result<String, Fault> {
    let said = body.and_then(|it| it.get("@odata.id")).and_then(Value::as_str);
    said.map(str::to_owned).ok_or_else(|| Fault::invalid("@odata.id", "is required"))
}
