//! What a caller asks for: the resolved target with its options before the body, the wishes from
//! its headers with it, and the proof in between that it may.

use model::{Version, path::Target, query::Options};

/// What is done to the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    /// Read.
    Get,
    /// Create, or run an operation.
    Post,
    /// Change some members.
    Patch,
    /// Replace.
    Put,
    /// Remove.
    Delete,
}

impl Method {
    /// The name as on the wire, `GET`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    /// Reads the wire name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "GET" => Self::Get,
            "POST" => Self::Post,
            "PATCH" => Self::Patch,
            "PUT" => Self::Put,
            "DELETE" => Self::Delete,
            _ => return None,
        })
    }
}

/// One request, resolved against the model.
#[derive(Clone, Debug)]
pub struct Call<'m> {
    /// Which model the target comes from.
    pub version: Version,
    /// What to do.
    pub method: Method,
    /// To what.
    pub target: Target<'m>,
    /// The query options, parsed for the target's type.
    pub options: Options,
}

/// A call whose caller may make it. Only [`crate::Platform::open`] makes one.
#[derive(Debug)]
pub struct Permit {
    pub(crate) call: Call<'static>,
}

impl Permit {
    /// The call as opened.
    pub fn call(&self) -> &Call<'static> {
        &self.call
    }

    /// The same call with its query options, which are read after the right was decided.
    #[must_use]
    pub fn with_options(mut self, options: Options) -> Self {
        self.call.options = options;
        self
    }
}

/// Wishes and conditions from the request's headers.
#[derive(Clone, Debug, Default)]
pub struct Prefer {
    /// `Prefer: include-unknown-enum-members`.
    pub include_unknown_enum_members: bool,
    /// `Prefer: return=representation`; matters where the default answer is empty.
    pub representation: bool,
    /// `Prefer: return=minimal`; matters where the default answer is the entity.
    pub minimal: bool,
    /// `Prefer: odata.maxpagesize=n`; lowers the page size, never raises it.
    pub max_page_size: Option<u32>,
    /// The tags of `If-Match` without their quotes, parted by commas; `*` matches anything.
    pub if_match: Option<String>,
}
