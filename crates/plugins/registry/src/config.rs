//! Settings that all registry converters share, under upstream's names.
//!
//! Upstream's client reads its own keys with and without `schema.registry.` in front; so do we ([`aliases`]).

use kconnect_api::settings::{boolean, class, int, list, password, short, string};
use kconnect_api::{ConfigDef, Importance, Props, Reader, Secret, Settings};
use kconnect_net::SSL_KEYS;

/// Settings of registry, subjects and framing.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) urls: Vec<String>,
    pub(crate) url_randomize: bool,
    pub(crate) max_schemas: i32,
    pub(crate) normalize: bool,
    pub(crate) auto_register: bool,
    pub(crate) propagate_tags: bool,
    pub(crate) use_id: i32,
    pub(crate) use_guid: Option<String>,
    pub(crate) id_strict: bool,
    pub(crate) use_latest: bool,
    pub(crate) latest_strict: bool,
    pub(crate) latest_cache_size: i32,
    pub(crate) latest_cache_ttl: i32,
    pub(crate) latest_metadata: Option<String>,
    pub(crate) schema_format: Option<String>,
    pub(crate) auth: AuthConfig,
    pub(crate) context_strategy: String,
    pub(crate) key: RoleConfig,
    pub(crate) value: RoleConfig,
    pub(crate) proxy_host: String,
    pub(crate) proxy_port: i32,
    pub(crate) connect_timeout: i32,
    pub(crate) read_timeout: i32,
    pub(crate) max_retries: i32,
    pub(crate) retries_wait: i32,
    pub(crate) retries_max_wait: i32,
}

/// Credentials.
#[derive(Clone)]
pub(crate) struct AuthConfig {
    pub(crate) basic_source: String,
    pub(crate) bearer_source: String,
    pub(crate) user_info: Secret,
    pub(crate) legacy_user_info: Secret,
    pub(crate) token: Secret,
    pub(crate) issuer: Option<String>,
    pub(crate) client_id: Option<String>,
    pub(crate) client_secret: Option<Secret>,
    pub(crate) scope: Option<String>,
    pub(crate) pool: Option<String>,
    pub(crate) cluster: Option<String>,
    pub(crate) expiry_buffer: i16,
}

/// What differs between keys and values.
#[derive(Clone)]
pub(crate) struct RoleConfig {
    pub(crate) subject_strategy: String,
    pub(crate) id_serializer: String,
    pub(crate) id_deserializer: String,
}

const SERIALIZERS: &str = "io.confluent.kafka.serializers";

impl Settings for Config {
    fn define(def: &mut ConfigDef) -> Reader<Self> {
        let urls = def
            .field("schema.registry.url", list())
            .importance(Importance::High)
            .doc("Addresses of the schema registry, asked in this order; one that does not answer is left for the next.")
            .required();
        let url_randomize = def
            .field("schema.registry.url.randomize", boolean())
            .importance(Importance::Low)
            .doc("Begin with any of the addresses instead of the first, which spreads load.")
            .default(false);
        let max_schemas = def
            .field("max.schemas.per.subject", int(..))
            .importance(Importance::Low)
            .doc("Most schemas remembered by this converter.")
            .default(1000);
        let registering = registering(def);
        let latest = latest(def);
        let auth = auth(def);
        let context_strategy = def
            .field("context.name.strategy", class())
            .doc("How the registry's context is chosen. Only the default, no context, is supported.")
            .default(format!("{SERIALIZERS}.context.NullContextNameStrategy"));
        let key = role(def, "key");
        let value = role(def, "value");
        let http = http(def);
        ssl(def);
        Box::new(move |values| {
            let (key, value) = (key(values), value(values));
            let mut config = Self {
                urls: values.get(&urls),
                url_randomize: values.get(&url_randomize),
                max_schemas: values.get(&max_schemas),
                normalize: false,
                auto_register: true,
                propagate_tags: false,
                use_id: -1,
                use_guid: None,
                id_strict: true,
                use_latest: false,
                latest_strict: true,
                latest_cache_size: 0,
                latest_cache_ttl: -1,
                latest_metadata: None,
                schema_format: None,
                auth: auth(values),
                context_strategy: values.get(&context_strategy),
                key,
                value,
                proxy_host: String::new(),
                proxy_port: -1,
                connect_timeout: 0,
                read_timeout: 0,
                max_retries: 0,
                retries_wait: 0,
                retries_max_wait: 0,
            };
            registering(values, &mut config);
            latest(values, &mut config);
            http(values, &mut config);
            config
        })
    }
}

type Fill = Box<dyn FnOnce(&kconnect_api::ParsedValues, &mut Config)>;

fn registering(def: &mut ConfigDef) -> Fill {
    let normalize = def
        .field("normalize.schemas", boolean())
        .doc(
            "Let the registry ignore differences of schemas that mean nothing, like the order of properties.",
        )
        .default(false);
    let auto_register = def
        .field("auto.register.schemas", boolean())
        .doc("Register schemas that the registry does not know. While this is on, no other choice of a schema applies.")
        .default(true);
    let propagate_tags = def
        .field("propagate.schema.tags", boolean())
        .importance(Importance::Low)
        .doc("Let the registry copy tags from the previous version of a schema.")
        .default(false);
    let use_id = def
        .field("use.schema.id", int(..))
        .importance(Importance::Low)
        .doc("Write with the schema of this id.")
        .default(-1);
    let use_guid = def
        .field("use.schema.guid", string())
        .importance(Importance::Low)
        .doc("Write with the schema of this GUID.")
        .optional();
    let id_strict = def
        .field("id.compatibility.strict", boolean())
        .importance(Importance::Low)
        .doc("Refuse a schema chosen by id or GUID that cannot read what is written.")
        .default(true);
    Box::new(move |values, config| {
        config.normalize = values.get(&normalize);
        config.auto_register = values.get(&auto_register);
        config.propagate_tags = values.get(&propagate_tags);
        config.use_id = values.get(&use_id);
        config.use_guid = values.get(&use_guid);
        config.id_strict = values.get(&id_strict);
    })
}

fn latest(def: &mut ConfigDef) -> Fill {
    let use_latest = def
        .field("use.latest.version", boolean())
        .importance(Importance::Low)
        .doc("Write with the latest schema of the subject, and read as the latest.")
        .default(false);
    let strict = def
        .field("latest.compatibility.strict", boolean())
        .importance(Importance::Low)
        .doc("Refuse a latest schema that cannot read what is written.")
        .default(true);
    let size = def
        .field("latest.cache.size", int(..))
        .importance(Importance::Low)
        .doc("Most latest schemas remembered.")
        .default(1000);
    let ttl = def
        .field("latest.cache.ttl.sec", int(..))
        .importance(Importance::Low)
        .doc("Seconds after which the latest schema is asked for again; -1: never.")
        .default(-1);
    let metadata = def
        .field("use.latest.with.metadata", string())
        .importance(Importance::Low)
        .doc("Use the latest schema that has this metadata, as name=value with commas between.")
        .optional();
    let format = def
        .field("schema.format", string())
        .importance(Importance::Low)
        .doc("Accepted for compatibility; schemas are asked for as they were registered.")
        .optional();
    Box::new(move |values, config| {
        config.use_latest = values.get(&use_latest);
        config.latest_strict = values.get(&strict);
        config.latest_cache_size = values.get(&size);
        config.latest_cache_ttl = values.get(&ttl);
        config.latest_metadata = values.get(&metadata);
        config.schema_format = values.get(&format);
    })
}

fn auth(def: &mut ConfigDef) -> Reader<AuthConfig> {
    let basic_source = def
        .field("basic.auth.credentials.source", string())
        .doc("Where user and password come from: URL, USER_INFO or SASL_INHERIT.")
        .default("URL");
    let bearer_source = def
        .field("bearer.auth.credentials.source", string())
        .doc("Where a bearer token comes from: STATIC_TOKEN or OAUTHBEARER.")
        .default("STATIC_TOKEN");
    let legacy_user_info = def
        .field("schema.registry.basic.auth.user.info", password())
        .doc("Older name of basic.auth.user.info.")
        .default("");
    let user_info = def
        .field("basic.auth.user.info", password())
        .doc("User and password as user:password, for USER_INFO.")
        .default("");
    let token = def.field("bearer.auth.token", password()).doc("The token of STATIC_TOKEN.").default("");
    let issuer = def
        .field("bearer.auth.issuer.endpoint.url", string())
        .doc("Address of the token endpoint, for OAUTHBEARER.")
        .optional();
    let client_id =
        def.field("bearer.auth.client.id", string()).doc("Client id, for OAUTHBEARER.").optional();
    let client_secret =
        def.field("bearer.auth.client.secret", password()).doc("Client secret, for OAUTHBEARER.").optional();
    let scope = def.field("bearer.auth.scope", string()).doc("Scope asked for, for OAUTHBEARER.").optional();
    let pool = def
        .field("bearer.auth.identity.pool.id", string())
        .doc("Sent to the registry with every bearer token.")
        .optional();
    let cluster = def
        .field("bearer.auth.logical.cluster", string())
        .doc("Sent to the registry with every bearer token.")
        .optional();
    let expiry_buffer = def
        .field("bearer.auth.cache.expiry.buffer.seconds", short(0..=3600))
        .importance(Importance::Low)
        .doc("Seconds before its end at which a token is replaced.")
        .default(300i16);
    Box::new(move |values| AuthConfig {
        basic_source: values.get(&basic_source),
        bearer_source: values.get(&bearer_source),
        user_info: values.get(&user_info),
        legacy_user_info: values.get(&legacy_user_info),
        token: values.get(&token),
        issuer: values.get(&issuer),
        client_id: values.get(&client_id),
        client_secret: values.get(&client_secret),
        scope: values.get(&scope),
        pool: values.get(&pool),
        cluster: values.get(&cluster),
        expiry_buffer: values.get(&expiry_buffer),
    })
}

fn role(def: &mut ConfigDef, role: &str) -> Reader<RoleConfig> {
    let strategy = def
        .field(&format!("{role}.subject.name.strategy"), class())
        .doc(format!("How the subject of a {role}'s schema is named."))
        .default(format!("{SERIALIZERS}.subject.AssociatedNameStrategy"));
    let serializer = def
        .field(&format!("{role}.schema.id.serializer"), class())
        .doc(format!("Where the id of a {role}'s schema is written: before the payload or in a header."))
        .default(format!("{SERIALIZERS}.schema.id.PrefixSchemaIdSerializer"));
    let deserializer = def
        .field(&format!("{role}.schema.id.deserializer"), class())
        .doc(format!("Where the id of a {role}'s schema is looked for."))
        .default(format!("{SERIALIZERS}.schema.id.DualSchemaIdDeserializer"));
    Box::new(move |values| RoleConfig {
        subject_strategy: values.get(&strategy),
        id_serializer: values.get(&serializer),
        id_deserializer: values.get(&deserializer),
    })
}

fn http(def: &mut ConfigDef) -> Fill {
    let low = |def: &mut ConfigDef, name: &str, doc: &str, default: i32| {
        def.field(name, int(..)).importance(Importance::Low).doc(doc).default(default)
    };
    let proxy_host = def
        .field("proxy.host", string())
        .importance(Importance::Low)
        .doc("Host of an HTTP proxy to the registry.")
        .default("");
    let proxy_port = low(def, "proxy.port", "Port of the proxy.", -1);
    let connect = low(def, "http.connect.timeout.ms", "Longest time to connect to the registry.", 60_000);
    let read = low(def, "http.read.timeout.ms", "Longest time to wait for the registry's answer.", 60_000);
    let retries = low(def, "max.retries", "Most repetitions of a request that failed for the moment.", 3);
    let wait =
        low(def, "retries.wait.ms", "Most to wait before the first repetition; doubled for each.", 1000);
    let max_wait = low(def, "retries.max.wait.ms", "Most to wait before any repetition.", 20_000);
    Box::new(move |values, config| {
        config.proxy_host = values.get(&proxy_host);
        config.proxy_port = values.get(&proxy_port);
        config.connect_timeout = values.get(&connect);
        config.read_timeout = values.get(&read);
        config.max_retries = values.get(&retries);
        config.retries_wait = values.get(&wait);
        config.retries_max_wait = values.get(&max_wait);
    })
}

/// The prefix of Kafka's `ssl.` settings for the registry.
pub(crate) const SSL_PREFIX: &str = "schema.registry.";

/// Declares Kafka's `ssl.` settings; the client takes their values by name.
fn ssl(def: &mut ConfigDef) {
    for key in SSL_KEYS {
        let name = format!("{SSL_PREFIX}{}", key.name);
        if key.secret {
            let _ = def.field(&name, password()).doc(key.doc).optional();
        } else {
            let field = def.field(&name, string()).doc(key.doc);
            let _ = match key.default {
                Some(default) => field.default(default).name().to_owned(),
                None => field.optional().name().to_owned(),
            };
        }
    }
}

/// `props` in which a client's key written with `schema.registry.` in front stands without it too.
pub(crate) fn aliases(props: &Props) -> Props {
    let mut all = props.clone();
    for (key, value) in props {
        let Some(short) = key.strip_prefix("schema.registry.") else { continue };
        let client = ["basic.auth.", "bearer.auth.", "proxy.", "http.", "retries.", "max.retries"];
        if client.iter().any(|prefix| short.starts_with(prefix)) {
            all.entry(short.to_owned()).or_insert_with(|| value.clone());
        }
    }
    all
}
