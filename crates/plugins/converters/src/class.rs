//! What all converter classes share: identity, settings, and use as a header converter.

use std::marker::PhantomData;
use std::sync::Arc;

use kconnect_api::settings::one_of;
use kconnect_api::{
    Buf, ConfigDef, ConfigError, Convert, Converter, ConverterPlugin, ConverterRole, HeaderConverter,
    Importance, Out, PluginInfo, PluginKind, Props, Reader, Schema, SchemaAndValue, Settings, Topic, Value,
    WireHeaders,
};

/// A converter class.
pub(crate) trait Class: Converter + Sized + 'static {
    /// The Java class name.
    const CLASS: &'static str;
    /// Its settings besides `converter.type`.
    type Config: Settings;
    /// A ready instance.
    fn new(config: Self::Config) -> Result<Self, ConfigError>;
}

pub(crate) fn plugin<C: Class>() -> Arc<dyn ConverterPlugin> {
    Arc::new(Plugin::<C>(PhantomData))
}

struct Plugin<C>(PhantomData<fn() -> C>);

/// The class's settings with `converter.type`, which the worker sets and every class declares.
struct Config<C>(C);

impl<C: Settings + 'static> Settings for Config<C> {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let role = def
            .field("converter.type", one_of(["key", "value", "header"]))
            .importance(Importance::Low)
            .doc("What this converter is used for; set by the worker.")
            .required();
        let inner = C::define(def);
        Box::new(move |values| {
            let _role: String = values.get(&role);
            Self(inner(values))
        })
    }
}

impl<C: Class> Plugin<C> {
    fn build(props: &Props, role: ConverterRole) -> Result<C, ConfigError> {
        let mut props = props.clone();
        props.entry("converter.type".to_owned()).or_insert_with(|| role.name().to_owned());
        let mut def = ConfigDef::new();
        let reader = Config::<C::Config>::define(&mut def);
        match def.parse(&props) {
            Ok(values) => C::new(reader(&values).0),
            Err(mut errors) => Err(errors.swap_remove(0)),
        }
    }
}

impl<C: Class> ConverterPlugin for Plugin<C> {
    fn info(&self) -> PluginInfo {
        PluginInfo {
            class: C::CLASS.into(),
            kind: PluginKind::Converter,
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }
    fn config_def(&self) -> ConfigDef {
        ConfigDef::of::<Config<C::Config>>()
    }
    fn converter(
        &self,
        props: &Props,
        role: ConverterRole,
    ) -> Option<Result<Box<dyn Converter>, ConfigError>> {
        Some(Self::build(props, role).map(|converter| Box::new(converter) as _))
    }
    fn header_converter(&self, props: &Props) -> Option<Result<Box<dyn HeaderConverter>, ConfigError>> {
        Some(Self::build(props, ConverterRole::Header).map(|converter| Box::new(AsHeader(converter)) as _))
    }
}

/// A converter used for headers: the header's key plays no part.
struct AsHeader<C>(C);

impl<C: Converter> HeaderConverter for AsHeader<C> {
    fn write<'a>(
        &mut self,
        topic: &Topic,
        _key: &str,
        schema: Option<&Schema>,
        value: &'a Value,
        out: &mut Out<'_, 'a>,
    ) -> Result<(), Convert> {
        self.0.write(topic, schema, value, &mut WireHeaders::new(), out)
    }

    fn read(&mut self, topic: &Topic, _key: &str, bytes: Option<&Buf>) -> Result<SchemaAndValue, Convert> {
        self.0.read(topic, &WireHeaders::new(), bytes)
    }
}
