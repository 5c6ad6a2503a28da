//! The Java classes this crate calls, bound once and checked against the real ones when first used.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "what the checked macro expands to; nothing else belongs in this file"
)]

use jni::bind_java_type;

bind_java_type! {
    pub(crate) Host => app.gasket.bridge.Host,
    methods {
        fn protect(fd: jint) -> jboolean,
        fn owner_uid(protocol: jint, flow: jbyte[]) -> jint,
    },
}

bind_java_type! {
    pub(crate) Stream => java.io.InputStream,
    methods {
        fn read(buffer: jbyte[]) -> jint,
    },
}

bind_java_type! {
    pub(crate) IllegalArgument => java.lang.IllegalArgumentException,
    constructors { fn new(message: JString) },
    is_instance_of = { JThrowable },
}

bind_java_type! {
    pub(crate) IllegalState => java.lang.IllegalStateException,
    constructors { fn new(message: JString) },
    is_instance_of = { JThrowable },
}
