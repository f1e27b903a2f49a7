//! What `template.yaml` deploys, read from the file itself, so that what is tested is what is deployed.

mod function;
mod resolve;
mod yaml;

use serde_json::{Map, Value};

pub use function::{Function, Rule, Stream};
pub use resolve::{Names, Resolver};
pub use yaml::YamlError;

/// The template of this version.
const SOURCE: &str = include_str!("../../../template.yaml");

/// Why the template cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// It is not YAML.
    #[error("template.yaml cannot be read")]
    Yaml(#[source] YamlError),
    /// A function lacks what makes it one.
    #[error("function {function} of template.yaml has no usable {what}")]
    Function {
        /// Its logical name.
        function: String,
        /// What is missing.
        what: &'static str,
    },
}

/// A template as one stack deploys it.
#[derive(Debug, Clone)]
pub struct Template {
    resources: Map<String, Value>,
    globals: Map<String, Value>,
}

impl Template {
    /// The template of this version, deployed with `parameters` over their defaults and `names` for its resources.
    ///
    /// # Errors
    /// [`TemplateError::Yaml`].
    pub fn deployed(parameters: &Names, names: &Names) -> Result<Self, TemplateError> {
        Self::read(SOURCE, parameters, names)
    }

    /// The same of any text.
    ///
    /// # Errors
    /// [`TemplateError::Yaml`].
    pub fn read(text: &str, parameters: &Names, names: &Names) -> Result<Self, TemplateError> {
        let mut document = yaml::read(text).map_err(TemplateError::Yaml)?;
        let mut known = defaults(&document["Parameters"]);
        known.extend(parameters.clone());
        known.extend(names.clone());
        let resolver = Resolver::new(object(document["Conditions"].take()), known);
        let mut resources = object(document["Resources"].take());
        resources.retain(|_, resource| {
            resource["Condition"].as_str().is_none_or(|condition| resolver.condition(condition))
        });
        let resources = resources.iter().map(|(name, resource)| (name.clone(), resolver.value(resource)));
        let globals = resolver.value(&document["Globals"]["Function"]);
        Ok(Self { resources: resources.collect(), globals: object(globals) })
    }

    /// The resources of one type, by logical name.
    pub fn of_type<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let of_kind = self.resources.iter().filter(move |(_, resource)| resource["Type"] == kind);
        of_kind.map(|(name, resource)| (name.as_str(), &resource["Properties"]))
    }

    /// The properties of one resource; `null` if there is none.
    #[must_use]
    pub fn properties(&self, name: &str) -> &Value {
        self.resources.get(name).map_or(&Value::Null, |resource| &resource["Properties"])
    }

    /// One resource with its type and policies; `null` if there is none.
    #[must_use]
    pub fn resource(&self, name: &str) -> &Value {
        self.resources.get(name).unwrap_or(&Value::Null)
    }

    /// The names of all resources.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.resources.keys().map(String::as_str)
    }

    /// The functions, by logical name.
    ///
    /// # Errors
    /// [`TemplateError::Function`] for one that is not complete.
    pub fn functions(&self) -> Result<Vec<Function>, TemplateError> {
        let functions = self.of_type("AWS::Serverless::Function");
        functions.map(|(name, own)| Function::read(name, &self.with_globals(own))).collect()
    }

    /// A function's own properties over those of all.
    fn with_globals(&self, own: &Value) -> Value {
        let mut all = self.globals.clone();
        all.extend(object(own.clone()));
        Value::Object(all)
    }
}

fn defaults(parameters: &Value) -> Names {
    let parameters = parameters.as_object().into_iter().flatten();
    parameters.map(|(name, parameter)| (name.clone(), parameter["Default"].clone())).collect()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}
