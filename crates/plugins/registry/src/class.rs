//! Converter classes: identity, settings, and how an instance is made of them.

use std::marker::PhantomData;
use std::sync::Arc;

use kconnect_api::settings::one_of;
use kconnect_api::{
    ConfigDef, ConfigError, Converter, ConverterPlugin, ConverterRole, HeaderConverter, Importance,
    PluginInfo, PluginKind, Props, Reader, Settings,
};

use crate::client::Registries;
use crate::config::{Config, aliases};
use crate::converter::RegistryConverter;
use crate::format::Format;

/// The converter class of a format, whose instances share what `registries` answered.
pub(crate) fn plugin<F: Format>(registries: &Arc<Registries>) -> Arc<dyn ConverterPlugin> {
    Arc::new(Plugin::<F> { registries: Arc::clone(registries), format: PhantomData })
}

struct Plugin<F> {
    registries: Arc<Registries>,
    format: PhantomData<fn() -> F>,
}

/// Settings of the registry, then those of the format.
struct All<F: Format>(Config, F::Settings);

impl<F: Format> Settings for All<F> {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let config = Config::define(def);
        let own = F::Settings::define(def);
        let role = def
            .field("converter.type", one_of(["key", "value", "header"]))
            .importance(Importance::Low)
            .doc("What this converter is used for; set by the worker.")
            .required();
        Box::new(move |values| {
            let _role: String = values.get(&role);
            Self(config(values), own(values))
        })
    }
}

impl<F: Format> Plugin<F> {
    fn build(&self, props: &Props, role: ConverterRole) -> Result<RegistryConverter<F>, ConfigError> {
        let mut props = aliases(props);
        props.entry("converter.type".to_owned()).or_insert_with(|| role.name().to_owned());
        let mut def = ConfigDef::new();
        let reader = All::<F>::define(&mut def);
        match def.parse(&props) {
            Ok(values) => {
                let All(config, own) = reader(&values);
                RegistryConverter::new(F::new(own)?, config, &props, role, &self.registries)
            }
            Err(mut errors) => Err(errors.swap_remove(0)),
        }
    }
}

impl<F: Format> ConverterPlugin for Plugin<F> {
    fn info(&self) -> PluginInfo {
        PluginInfo {
            class: F::CLASS.into(),
            kind: PluginKind::Converter,
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }

    fn config_def(&self) -> ConfigDef {
        ConfigDef::of::<All<F>>()
    }

    fn converter(
        &self,
        props: &Props,
        role: ConverterRole,
    ) -> Option<Result<Box<dyn Converter>, ConfigError>> {
        Some(self.build(props, role).map(|converter| Box::new(converter) as _))
    }

    fn header_converter(&self, _props: &Props) -> Option<Result<Box<dyn HeaderConverter>, ConfigError>> {
        None
    }
}
