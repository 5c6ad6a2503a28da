package app.gasket.bridge

import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.delay
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.buffer
import kotlinx.coroutines.flow.flow
import kotlinx.coroutines.flow.flowOn
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.put

/** A running engine. It owns the tunnel: when its thread dies, packets go into silence, not around it. */
class Engine private constructor(
    private val handle: Long,
    private val dispatcher: CoroutineDispatcher,
) : AutoCloseable {
    /** Batches of what there is to tell, oldest first; ends when the engine has ended. For one collector. */
    val events: Flow<List<Event>> =
        flow {
            while (true) {
                // An idle engine emits nothing, and only emitting would notice that nobody collects any more.
                currentCoroutineContext().ensureActive()
                val batch = Native.nextEvents(handle, WAIT_MS) ?: break
                val events = decode(batch)
                if (events.isNotEmpty()) emit(events)
                // A trickle is told together: each batch costs a disk a write, and some of them an alert.
                if (events.size in 1..FEW) delay(TOGETHER_MS)
            }
            // None beforehand: in a flood they are fewest where the engine keeps them.
        }.buffer(Channel.RENDEZVOUS).flowOn(dispatcher)

    /** Goes on with another tunnel. [fd] belongs to the engine from now on. */
    fun replaceTunnel(fd: Int) = Native.replaceTun(handle, fd)

    /** @throws IllegalArgumentException if the config is wrong; the one before stays in force. */
    fun configure(configJson: String) = Native.setConfig(handle, configJson)

    /** Tells that something happened to the phone. */
    fun tell(happening: Happening) {
        val told =
            buildJsonObject {
                put("kind", Json.encodeToJsonElement(Trigger.serializer(), happening.kind))
                happening.packageName?.let { put("package", it) }
            }
        Native.deviceEvent(handle, told.toString())
    }

    /** Answers a question; one that is decided already is answered for the next of the same. */
    fun answer(
        question: Long,
        allow: Boolean,
    ) = Native.answer(handle, question, allow)

    /**
     * Has it go on with what an engine before had [learned], none if [state] is empty. [key] has 32 bytes.
     *
     * @throws IllegalArgumentException if [state] is damaged or was made with another key.
     */
    fun recall(
        key: ByteArray,
        state: ByteArray,
    ) = Native.setLearned(handle, key, state)

    /** What it has learned of codes that come again, as fingerprints; null where it has ended. */
    fun learned(): ByteArray? = Native.learned(handle)

    /** Ends the engine, within a second, and gives what it had to tell that nobody fetched, in batches. */
    fun stop(): Sequence<List<Event>> {
        val first = decode(Native.stop(handle))
        return generateSequence(first) { Native.nextEvents(handle, 0)?.let(::decode) }
    }

    override fun close() {
        stop().forEach {}
    }

    companion object {
        /** Longest wait for events: how late a cancelled collector lets go of its thread. */
        private const val WAIT_MS = 1_000L

        /** So many are no flood. */
        private const val FEW = 256
        private const val TOGETHER_MS = 250L

        /**
         * Starts relaying. [tunFd] belongs to the engine from now on, whatever happens.
         *
         * @throws IllegalArgumentException if the config is wrong: the message has line, column and key.
         * @throws IllegalStateException if the engine cannot be started.
         */
        fun start(
            host: Host,
            tunFd: Int,
            configJson: String,
            dispatcher: CoroutineDispatcher = Dispatchers.IO,
        ): Engine = Engine(Native.start(host, tunFd, configJson), dispatcher)

        /**
         * Has the engines started from now on name country and network of each destination.
         *
         * @throws IllegalArgumentException if [file] is not the `places.bin` of this version.
         */
        fun knowPlaces(file: ByteArray) = Native.setPlaces(file)

        /** Gives the 32 bytes of the key of typed identifiers, for the configs given from now on. */
        fun knowIdentifierKey(key: ByteArray) = Native.setIdentifierKey(key)

        /**
         * The config's `known_identifiers` with [value] added, typed in at [nowS] seconds since 1970.
         *
         * @throws IllegalArgumentException if it is none of its kind, in words for the user.
         */
        fun addIdentifier(
            identifiersJson: String,
            kind: String,
            value: String,
            nowS: Long,
        ): String = Native.addIdentifier(identifiersJson, kind, value, nowS)

        /** Reads a batch as the library gives it. */
        internal fun decode(batch: ByteArray): List<Event> = Json.decodeFromString(batch.decodeToString())
    }
}
