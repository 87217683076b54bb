//! Actions and functions, each by its template: the list of what is built.
//!
//! What is in neither list (here and `unbuilt.rs`) is a function over things that nothing stores
//! yet: its entity must be there, and it answers with what is stored, which is nothing.

use auth::OpCx;
use model::{
    Model, body,
    model::Verb,
    path::{Bound, Call, One, Set},
    query::Options,
};
use serde_json::Value;

use crate::{
    areas::{
        alerts, ediscovery, hunting, identities, incidents, labels, legacy_alerts,
        security_actions, subscriptions, ti_indicators,
    },
    call::Prefer,
    doc::Doc,
    fault::Fault,
    platform::Platform,
    read::{View, find, the_one},
    reply::Reply,
    tree,
    write::Writer,
};

/// One call of an operation.
pub(crate) struct Operate<'a> {
    pub(crate) platform: &'a Platform,
    pub(crate) cx: &'a OpCx,
    pub(crate) model: &'static Model,
    pub(crate) prefer: &'a Prefer,
    pub(crate) call: Call<'static>,
    pub(crate) options: Options,
    pub(crate) template: String,
}

impl Operate<'_> {
    /// Runs it.
    pub(crate) async fn run(self, body: Option<Value>) -> Result<Reply, Fault> {
        let name = self.call.op.short.as_str();
        if matches!(name, "runHuntingQuery" | "getRunHuntingQuery") {
            let Self { platform, cx, call, options, template, .. } = &self;
            return hunting::operation(platform, cx, call, options, body.as_ref(), template).await;
        }
        let name = self.template.trim_start_matches("/security/").to_ascii_lowercase();
        match name.as_str() {
            "gethuntingschema" => hunting::schema::schema(&self, false),
            "gethuntingschematables" => hunting::schema::schema(&self, true),
            "alerts/updatealerts" => legacy_alerts::bulk::update(self, body.as_ref()).await,
            "alerts_v2/createalert" => alerts::manual::create(self, body.as_ref()).await,
            "alerts_v2/movealerts" => incidents::regroup::move_alerts(self, body.as_ref()).await,
            "incidents/mergeincidents" => incidents::regroup::merge(self, body.as_ref()).await,
            "securityactions/{id}/cancelsecurityaction" => security_actions::cancel(self).await,
            "tiindicators/submittiindicators" => ti_indicators::submit(self, body).await,
            "tiindicators/updatetiindicators" => ti_indicators::update(self, body).await,
            "tiindicators/deletetiindicators" => ti_indicators::remove(self, body, false).await,
            "tiindicators/deletetiindicatorsbyexternalid" => {
                ti_indicators::remove(self, body, true).await
            }
            "/subscriptions/{id}/reauthorize" => subscriptions::reauthorize(self).await,
            "identities/sensors/getdeploymentaccesskey" => {
                identities::access_key(self, false).await
            }
            "identities/sensors/regeneratedeploymentaccesskey" => {
                identities::access_key(self, true).await
            }
            name => match name.strip_prefix("cases/ediscoverycases/{id}/") {
                Some(name) => {
                    let name = name.to_owned();
                    self.ediscovery(&name, body.as_ref()).await
                }
                None => self.labels(body.as_ref()).await,
            },
        }
    }

    /// The same operations on labels stand in many places.
    async fn labels(self, body: Option<&Value>) -> Result<Reply, Fault> {
        match self.call.op.short.as_str() {
            "extractLabel" | "extractContentLabel" => labels::extract(self, body).await,
            "evaluateApplication" => labels::application(self, body).await,
            "evaluateRemoval" => labels::removal(self, body).await,
            "computeInheritance" => labels::inherited(self).await,
            _ => self.nothing().await,
        }
    }

    async fn ediscovery(self, name: &str, body: Option<&Value>) -> Result<Reply, Fault> {
        match name {
            "close" => ediscovery::case::turn(self, true).await,
            "reopen" => ediscovery::case::turn(self, false).await,
            "settings/resettodefault" => ediscovery::case::reset_settings(self).await,
            "tags/ashierarchy" => ediscovery::tags::as_hierarchy(self).await,
            "legalholds/{id}/enablepolicy" => ediscovery::policies::turn(self, Some(true)).await,
            "legalholds/{id}/disablepolicy" => ediscovery::policies::turn(self, Some(false)).await,
            "legalholds/{id}/retrypolicy" => ediscovery::policies::turn(self, None).await,
            "custodians/{id}/activate" => ediscovery::holds::turn(self, false).await,
            "custodians/{id}/release" | "noncustodialdatasources/{id}/release" => {
                ediscovery::holds::turn(self, true).await
            }
            "custodians/applyhold"
            | "custodians/{id}/applyhold"
            | "noncustodialdatasources/applyhold"
            | "noncustodialdatasources/{id}/applyhold" => {
                ediscovery::holds::hold(self, body, true).await
            }
            "custodians/removehold"
            | "custodians/{id}/removehold"
            | "noncustodialdatasources/removehold"
            | "noncustodialdatasources/{id}/removehold" => {
                ediscovery::holds::hold(self, body, false).await
            }
            _ => self.nothing().await,
        }
    }

    /// The entity it is bound to.
    pub(crate) fn item(&self) -> Result<(Set<'static>, String), Fault> {
        match &self.call.bound_to {
            Bound::Item(set, key) => Ok((set.clone(), key.clone())),
            _ => Err(self.elsewhere()),
        }
    }

    /// The set it is bound to.
    pub(crate) fn set(&self) -> Result<Set<'static>, Fault> {
        match &self.call.bound_to {
            Bound::Collection(set) => Ok(set.clone()),
            _ => Err(self.elsewhere()),
        }
    }

    /// The entity without a key that it is bound to.
    pub(crate) fn one(&self) -> Result<One<'static>, Fault> {
        match &self.call.bound_to {
            Bound::Singleton(one) => Ok(one.clone()),
            _ => Err(self.elsewhere()),
        }
    }

    fn elsewhere(&self) -> Fault {
        Fault::Internal { doing: "run the operation", source: self.template.as_str().into() }
    }

    /// The arguments by their declared names, checked against their types.
    pub(crate) fn arguments(&self, sent: Option<&Value>) -> Result<Doc, Fault> {
        match self.call.op.verb {
            Verb::Action => Ok(body::arguments(self.model, self.call.op, sent)?),
            Verb::Function => self
                .call
                .arguments(self.model, &self.options.other)
                .map_err(|error| Fault::Wrong(error.to_string())),
        }
    }

    /// `Collection(…)` or the type that is answered.
    pub(crate) fn context(&self) -> String {
        self.call.op.returns.map_or_else(String::new, |it| self.model.type_text(it))
    }

    pub(crate) fn writer(&self) -> Writer<'_> {
        Writer::new(self.platform, self.cx, self.model, self.prefer)
    }

    /// A function over what nothing stores.
    async fn nothing(self) -> Result<Reply, Fault> {
        if self.call.op.verb == Verb::Action {
            return Err(Fault::NotImplemented { what: format!("POST {}", self.template) });
        }
        self.arguments(None)?;
        let (cx, model) = (self.cx.clone(), self.model);
        let bound = self.call.bound_to.clone();
        let unknown = self.prefer.include_unknown_enum_members;
        self.platform
            .store
            .read(move |tx| match &bound {
                Bound::Unbound => Ok(()),
                Bound::Singleton(one) => the_one(tx, &cx, model, one.def, &one.parents).map(|_| ()),
                Bound::Collection(set) => {
                    tree::climb(tx, &cx.tenant, model, &set.parents).map(|_| ())
                }
                Bound::Item(set, key) => {
                    let view = View::of(model, set.def, unknown);
                    find(tx, &cx, set, &view, key).map(|_| ())
                }
            })
            .await?;
        match self.call.op.returns {
            Some(ty) if ty.collection => {
                Ok(Reply::Collection { context: self.context(), items: Vec::new(), partial: false })
            }
            _ => Err(Fault::absent(format!("'{}'", self.call.op.short))),
        }
    }
}
