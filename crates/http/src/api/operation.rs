//! One route as the contract describes it. What a handler takes, its arguments describe themselves.

use super::Access;
use super::schema::shape_of;
use axum::extract::{ConnectInfo, Multipart, Path, State};
use axum::http::{HeaderMap, Method};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};
use std::borrow::Cow;

type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// A declared route.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// `ring_groups.list`
    pub(crate) id: Cow<'static, str>,
    pub(crate) access: Access,
    pub(super) summary: &'static str,
    pub(super) tag: &'static str,
    pub(super) parameters: Vec<Value>,
    pub(super) body: Option<SchemaOf>,
    /// Whether the body has members that must be there; without them, none is as good as an empty one.
    pub(super) needs_body: bool,
    pub(super) multipart: Option<Value>,
    /// A media type other than JSON that the body may be of.
    pub(super) body_bytes: Option<&'static str>,
    pub(super) answers: Vec<Answer>,
    /// Statuses of refusals that not every route of its kind has.
    pub(super) refusals: Vec<u16>,
}

#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) about: &'static str,
    pub(super) content: Content,
}

#[derive(Clone, Copy)]
pub(super) enum Content {
    None,
    Json(SchemaOf),
    /// Bytes of this media type.
    Bytes(&'static str),
}

/// Whether a method changes what is there.
pub(super) fn is_change(method: &Method) -> bool {
    matches!(*method, Method::PUT | Method::PATCH)
}

/// An argument of a handler, or all of them.
pub(crate) trait Takes {
    fn describe(operation: &mut Operation);
}

impl Operation {
    pub(super) fn new(method: Method, path: String, id: &'static str, access: Access) -> Self {
        Self {
            method,
            path,
            id: id.into(),
            access,
            summary: "",
            tag: "",
            parameters: Vec::new(),
            body: None,
            needs_body: false,
            multipart: None,
            body_bytes: None,
            answers: Vec::new(),
            refusals: Vec::new(),
        }
    }

    /// The same route by PATCH, under a name of its own.
    pub(super) fn by_patch(&self) -> Self {
        Self { method: Method::PATCH, id: format!("{}_by_patch", self.id).into(), ..self.clone() }
    }

    /// Whether it changes a record, of which a body says only what changes.
    pub(super) fn is_change(&self) -> bool {
        is_change(&self.method)
    }

    /// What it does, in a sentence, under a heading.
    pub(crate) fn about(&mut self, tag: &'static str, summary: &'static str) -> &mut Self {
        self.tag = tag;
        self.summary = summary;
        self
    }

    /// An answer in JSON.
    pub(crate) fn gives<T: JsonSchema>(&mut self, status: u16, about: &'static str) -> &mut Self {
        self.answer(status, about, Content::Json(|generator| generator.subschema_for::<T>()))
    }

    /// An answer without a body.
    pub(crate) fn gives_nothing(&mut self, status: u16, about: &'static str) -> &mut Self {
        self.answer(status, about, Content::None)
    }

    /// An answer of another media type.
    pub(crate) fn gives_bytes(
        &mut self,
        status: u16,
        media_type: &'static str,
        about: &'static str,
    ) -> &mut Self {
        self.answer(status, about, Content::Bytes(media_type))
    }

    fn answer(&mut self, status: u16, about: &'static str, content: Content) -> &mut Self {
        self.answers.push(Answer { status, about, content });
        self
    }

    /// It may also refuse with this status, one of those that the document knows.
    pub(crate) fn refuses(&mut self, status: u16) -> &mut Self {
        self.refusals.push(status);
        self
    }

    pub(crate) fn body<T: JsonSchema + 'static>(&mut self) {
        self.body = Some(|generator| generator.subschema_for::<T>());
        self.needs_body = !shape_of::<T>().check(&json!({})).is_empty();
    }

    /// A body of parts: the schema of an object with a member for each.
    pub(crate) fn multipart(&mut self, schema: Value) -> &mut Self {
        self.multipart = Some(schema);
        self
    }

    /// A body of this media type, as it is.
    pub(crate) fn body_bytes(&mut self, media_type: &'static str) -> &mut Self {
        self.body_bytes = Some(media_type);
        self
    }

    pub(crate) fn path_parameter(&mut self, name: &str, schema: &Value) -> &mut Self {
        self.parameter(json!({"name": name, "in": "path", "required": true, "schema": schema}))
    }

    pub(crate) fn query_parameter(&mut self, name: &str, schema: &Value, required: bool) -> &mut Self {
        let about = schema.get("description").cloned().unwrap_or_default();
        let mut parameter = json!({"name": name, "in": "query", "required": required, "schema": schema});
        if about.is_string() {
            parameter["description"] = about;
        }
        if !required {
            // Pages send the fields of their filters whether or not anything stands in them.
            parameter["allowEmptyValue"] = true.into();
        }
        self.parameter(parameter)
    }

    pub(crate) fn header(&mut self, name: &str, about: &str, schema: &Value) -> &mut Self {
        self.parameter(
            json!({"name": name, "in": "header", "required": false, "description": about, "schema": schema}),
        )
    }

    fn parameter(&mut self, parameter: Value) -> &mut Self {
        self.parameters.push(parameter);
        self
    }
}

macro_rules! of_arguments {
    ($($argument:ident),*) => {
        impl<M, $($argument: Takes),*> Takes for (M, $($argument,)*) {
            fn describe(operation: &mut Operation) {
                $($argument::describe(operation);)*
                let _ = operation;
            }
        }
    };
}

of_arguments!();
of_arguments!(A);
of_arguments!(A, B);
of_arguments!(A, B, C);
of_arguments!(A, B, C, D);
of_arguments!(A, B, C, D, E);
of_arguments!(A, B, C, D, E, F);
of_arguments!(A, B, C, D, E, F, G);

/// What says nothing of the contract.
macro_rules! of_no_concern {
    ($($type:ty),* $(,)?) => {$(
        impl Takes for $type {
            fn describe(_: &mut Operation) {}
        }
    )*};
}

of_no_concern!(HeaderMap, Multipart, axum::extract::Request);

impl<T> Takes for State<T> {
    fn describe(_: &mut Operation) {}
}

impl<T> Takes for ConnectInfo<T> {
    fn describe(_: &mut Operation) {}
}

/// Described by `Operation::path_parameter` where it is used.
impl<T> Takes for Path<T> {
    fn describe(_: &mut Operation) {}
}
