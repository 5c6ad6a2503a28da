package app.gasket.bridge

import kotlinx.serialization.SerialName
import kotlinx.serialization.Serializable
import kotlinx.serialization.json.Json
import java.security.MessageDigest
import java.util.zip.ZipInputStream

/** What evidence is made of: a line of the history, and what is said of it. */
@Serializable
data class EvidenceInputs(
    /** The event, byte for byte as the history has it. */
    val record: String,
    /** The number of its line. */
    val line: Long,
    /** The local time in full, with its offset from UTC. */
    @SerialName("written_time") val writtenTime: String,
    /** The language of all words, as a tag. */
    val language: String,
    /** What happened and what became of it. */
    val sentence: String,
    /** Who sent; null where that is not known. */
    val sender: String?,
    /** The destination's name, or its address. */
    val to: String,
    /** What the sentence rests on, in lines. */
    val facts: List<String>,
    /** The gravest rule that matched. */
    val rule: String?,
    val head: Head,
) {
    /** Where the history's chains end; links in hexadecimal. */
    @Serializable
    data class Head(
        val line: Long,
        @SerialName("line_link") val lineLink: String,
        val turn: Long,
        @SerialName("turn_link") val turnLink: String,
    )
}

/** A bundle of evidence: one file that others can check. No identifier is in it in clear. */
class Evidence private constructor(
    /** A zip file. */
    val bytes: ByteArray,
) {
    /** What it can be known by: SHA-256 of its manifest, which comes first and has that of all else. */
    val fingerprint: String =
        ZipInputStream(bytes.inputStream()).use { zip ->
            zip.nextEntry
            MessageDigest.getInstance("SHA-256").digest(zip.readBytes()).joinToString("") { "%02x".format(it) }
        }

    companion object {
        /** @throws IllegalArgumentException if the record is no JSON. */
        fun of(inputs: EvidenceInputs) = Evidence(Native.evidence(Json.encodeToString(EvidenceInputs.serializer(), inputs)))
    }
}
