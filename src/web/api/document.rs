//! The OpenAPI 3.1 document, made from the table of routes and from the handlers' own types.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::problem::{self, Code};
use super::route::{Route, Shape};
use super::{BASE, routes};
use crate::web::access::Who;

static DOCUMENT: LazyLock<String> =
    LazyLock::new(|| serde_json::to_string_pretty(&document()).unwrap_or_default() + "\n");

/// The document as text.
#[must_use]
pub fn text() -> &'static str {
    &DOCUMENT
}

/// `GET /openapi.json`: open to anybody, for it says nothing that is not in the source.
pub async fn show() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text()).into_response()
}

/// Schemas of what comes in, of what goes out, and of parameters, which stand where they are used.
struct Schemas {
    taken: SchemaGenerator,
    given: SchemaGenerator,
    inline: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let settings = || SchemaSettings::draft2020_12().with(|s| s.definitions_path = "/components/schemas".into());
        Self {
            taken: settings().into_generator(),
            given: settings().for_serialize().into_generator(),
            inline: settings().with(|s| s.inline_subschemas = true).into_generator(),
        }
    }

    fn definitions(mut self) -> Map<String, Value> {
        let mut all = self.taken.take_definitions(true);
        all.extend(self.given.take_definitions(true));
        all
    }
}

/// The whole document.
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let problem = schemas.given.subschema_for::<problem::Document>();
    let mut paths: BTreeMap<&'static str, Map<String, Value>> = BTreeMap::new();
    for route in routes::all() {
        let operation = operation(&route, &mut schemas);
        paths.entry(route.path).or_default().insert(route.method.as_str().to_ascii_lowercase(), operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "netral",
            "version": "1",
            "summary": "The review workbench for machines",
            "description": "Every route serves the roles that its page serves, by the same functions, and shows no more than \
                            the page: a hit is blind until you have decided. See docs/API.md.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": BASE }],
        "paths": paths,
        "components": {
            "schemas": schemas.definitions(),
            "responses": { "Problem": {
                "description": "A refusal (RFC 9457).",
                "content": { problem::MEDIA_TYPE: { "schema": problem } },
            } },
            "headers": {
                "RateLimit": {
                    "description": "`r`: requests that are left now; `t`: seconds until all are there again.",
                    "schema": { "type": "string" },
                },
                "RetryAfter": {
                    "description": "Seconds until there is a request again.",
                    "schema": { "type": "integer", "minimum": 1 },
                },
            },
            "parameters": { "IdempotencyKey": {
                "name": "Idempotency-Key",
                "in": "header",
                "required": false,
                "description": "A word of your own for this request. Within a day the same request with the same key is done \
                                once and gets the same answer.",
                "schema": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$" },
            } },
            "securitySchemes": { "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "A token that its owner made on `/akun-saya`, with the scopes that each operation names.",
            } },
        },
    })
}

fn operation(route: &Route, schemas: &mut Schemas) -> Value {
    let scopes: Vec<&str> = route.scope().iter().map(|scope| scope.as_str()).collect();
    let roles: Vec<&str> = match route.who() {
        Who::Anyone | Who::LoggedIn => crate::model::Role::ALL.iter().map(|role| role.as_str()).collect(),
        Who::Roles(roles) => roles.iter().map(|role| role.as_str()).collect(),
    };
    let mut parameters = parameters(route.path_shape, "path", &mut schemas.inline);
    parameters.extend(parameters_of_query(route, schemas));
    if route.once() {
        parameters.push(json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
    }
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.path.split('/').nth(1).unwrap_or_default()],
        "security": [{ "token": scopes }],
        "x-roles": roles,
        "parameters": parameters,
        "responses": responses(route, schemas),
    });
    if let Some(shape) = route.body_shape {
        let schema = shape(&mut schemas.taken);
        operation["requestBody"] = json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    }
    operation
}

fn parameters_of_query(route: &Route, schemas: &mut Schemas) -> Vec<Value> {
    parameters(route.query_shape, "query", &mut schemas.inline)
}

/// Each property of a struct as a parameter of its own.
fn parameters(shape: Option<Shape>, place: &str, generator: &mut SchemaGenerator) -> Vec<Value> {
    let Some(shape) = shape else { return Vec::new() };
    let schema = shape(generator).to_value();
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, schema)| {
            let mut schema = schema.clone();
            let description = schema.as_object_mut().and_then(|s| s.remove("description"));
            json!({
                "name": name,
                "in": place,
                "required": place == "path" || required.contains(&name.as_str()),
                "description": description,
                "schema": without_null(schema),
            })
        })
        .collect()
}

/// A parameter that may be left out is never null.
fn without_null(mut schema: Value) -> Value {
    if let Some(variants) = schema["anyOf"].as_array().cloned() {
        let mut left = variants.into_iter().filter(|v| v["type"] != "null");
        if let (Some(one), None) = (left.next(), left.next()) {
            return one;
        }
    }
    let Some(object) = schema.as_object_mut() else { return schema };
    if let Some(types) = object.get("type").and_then(Value::as_array) {
        let left: Vec<Value> = types.iter().filter(|t| *t != "null").cloned().collect();
        let one = if let [one] = left.as_slice() { one.clone() } else { Value::Array(left) };
        object.insert("type".to_owned(), one);
    }
    if let Some(words) = object.get_mut("enum").and_then(Value::as_array_mut) {
        words.retain(|word| !word.is_null());
    }
    if object.get("default").is_some_and(Value::is_null) {
        object.remove("default");
    }
    schema
}

fn responses(route: &Route, schemas: &mut Schemas) -> Value {
    let (status, shape) = route.answer;
    let mut answer = json!({
        "description": status.canonical_reason().unwrap_or_default(),
        "headers": { "RateLimit": { "$ref": "#/components/headers/RateLimit" } },
    });
    if let Some(shape) = shape {
        let schema = shape(&mut schemas.given);
        answer["content"] = json!({ "application/json": { "schema": schema } });
    }
    let mut all = BTreeMap::from([(status.as_u16(), answer)]);
    for (status, codes) in problems(route) {
        let words: Vec<_> = codes.iter().map(|code| format!("`{}`", code.name())).collect();
        let mut refusal = json!({
            "description": words.join(", "),
            "content": { problem::MEDIA_TYPE: { "schema": { "$ref": "#/components/schemas/Problem" } } },
        });
        if status == StatusCode::TOO_MANY_REQUESTS {
            refusal["headers"] = json!({ "Retry-After": { "$ref": "#/components/headers/RetryAfter" } });
        }
        all.insert(status.as_u16(), refusal);
    }
    json!(all)
}

/// Every problem that a route may answer with, by status.
pub fn problems(route: &Route) -> BTreeMap<StatusCode, Vec<Code>> {
    let mut codes = vec![
        Code::BadRequest,
        Code::NotAuthenticated,
        Code::PasswordDue,
        Code::SecondFactorDue,
        Code::RoleForbidden,
        Code::ScopeMissing,
        Code::TooLarge,
        Code::TooManyRequests,
        Code::Internal,
        Code::Unavailable,
    ];
    if route.path_shape.is_some() {
        codes.push(Code::NotFound);
    }
    if route.body_shape.is_some() {
        codes.extend([Code::UnsupportedMediaType, Code::Invalid]);
    }
    if route.once() {
        codes.extend([Code::BadKey, Code::KeyInFlight, Code::KeyReused]);
    }
    codes.extend(route.problems);
    codes.sort_unstable();
    codes.dedup();
    let mut by_status: BTreeMap<StatusCode, Vec<Code>> = BTreeMap::new();
    for code in codes {
        by_status.entry(code.status()).or_default().push(code);
    }
    by_status
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_is_in_the_document_and_every_reference_leads_somewhere() {
        let document = document();
        let mut names = BTreeSet::new();
        for route in routes::all() {
            let operation = &document["paths"][route.path][route.method.as_str().to_ascii_lowercase()];
            assert!(names.insert(route.name), "{} twice", route.name);
            assert_eq!(operation["operationId"], route.name);
            assert!(route.scope().is_some() || route.path == "/me", "{} has no scope", route.path);
            for part in route.path.split('/').filter_map(|part| part.strip_prefix('{')) {
                let name = part.trim_end_matches('}');
                let parameters = operation["parameters"].as_array().unwrap();
                assert!(parameters.iter().any(|p| p["in"] == "path" && p["name"] == name), "{}: {name}", route.path);
            }
            for status in ["401", "403", "429", "500", "503"] {
                assert!(operation["responses"][status].is_object(), "{}: {status}", route.path);
            }
        }
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(document.pointer(reference).is_some(), "{reference}");
        }
        assert!(!text.contains("#/$defs"), "schemas stand under components");
    }

    #[test]
    fn what_is_taken_knows_its_keys_and_parameters_are_never_null() {
        let document = document();
        for route in routes::all() {
            let operation = &document["paths"][route.path][route.method.as_str().to_ascii_lowercase()];
            if let Some(reference) = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str()
            {
                let schema = document.pointer(reference.trim_start_matches('#')).unwrap();
                assert_eq!(schema["additionalProperties"], false, "{reference}");
            }
            for parameter in operation["parameters"].as_array().unwrap() {
                let schema = parameter["schema"].to_string();
                assert!(parameter["$ref"].is_string() || !schema.contains("null"), "{}: {schema}", route.path);
            }
        }
    }
}
