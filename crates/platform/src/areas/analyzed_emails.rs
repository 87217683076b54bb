//! Analysed mails: a list says of which time.

use auth::OpCx;
use model::{
    Model,
    edm::{Primitive, Ty},
    query::{CompareOp, Filter, Literal, Operand, Options, PropertyPath},
    time::Timestamp,
};

use crate::{behavior::Behavior, fault::Fault};

pub(crate) struct AnalyzedEmail;

impl Behavior for AnalyzedEmail {
    fn kind(&self) -> &'static str {
        "security/collaboration/analyzedEmails"
    }

    /// `startTime` and `endTime` are plain options, and the schema says that they are needed.
    fn narrow(
        &self,
        _model: &Model,
        _cx: &OpCx,
        options: &Options,
    ) -> Result<Option<Filter>, Fault> {
        let bound = |name: &str, op: CompareOp| {
            let said = options.other.iter().find(|(it, _)| it.eq_ignore_ascii_case(name));
            let text = said.map_or("", |(_, text)| text.as_str());
            let moment = Timestamp::parse(text.trim_matches('\''))
                .map_err(|error| Fault::invalid(name, error.to_string()))?;
            let ty = Ty::Primitive(Primitive::DateTimeOffset);
            Ok::<_, Fault>(Filter::Compare {
                op,
                left: Operand::Path(PropertyPath::new(&["loggedDateTime"], ty)),
                right: Operand::Literal(Literal::DateTime(moment)),
            })
        };
        let both = vec![bound("startTime", CompareOp::Ge)?, bound("endTime", CompareOp::Le)?];
        Ok(Some(Filter::And(both)))
    }
}
