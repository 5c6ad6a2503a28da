package app.gasket.bridge;

import java.util.Map;

/** Runs one scenario: {@code Bridge LIBRARY NAME}. Exits 0 and says so if it held. */
public final class Bridge {
    private Bridge() {}

    private static final Map<String, Check.Action> SCENARIOS =
            Map.ofEntries(
                    Map.entry("relays", Relaying::relays),
                    Map.entry("blocks", Relaying::blocks),
                    Map.entry("asks", Relaying::asks),
                    Map.entry("a_bad_config_keeps_the_old", Relaying::aBadConfigKeepsTheOld),
                    Map.entry("changes_tunnels", Relaying::changesTunnels),
                    Map.entry("an_unprotected_socket_is_not_used", Relaying::anUnprotectedSocketIsNotUsed),
                    Map.entry("an_owner_that_is_not_told_is_unknown", Relaying::anOwnerThatIsNotToldIsUnknown),
                    Map.entry("a_dead_engine_swallows", Relaying::aDeadEngineSwallows),
                    Map.entry("bad_configs", Refusing::badConfigs),
                    Map.entry("every_path_closes_the_descriptor", Refusing::everyPathClosesTheDescriptor),
                    Map.entry("a_stopped_engine_is_no_engine", Refusing::aStoppedEngineIsNoEngine),
                    Map.entry("wrong_words", Refusing::wrongWords),
                    Map.entry("places_are_taken_or_refused", Refusing::placesAreTakenOrRefused),
                    Map.entry("typed_identifiers_need_their_key", Refusing::typedIdentifiersNeedTheirKey),
                    Map.entry("what_was_learned_needs_its_key", Refusing::whatWasLearnedNeedsItsKey),
                    Map.entry("rules_are_listed_tried_or_refused", Refusing::rulesAreListedTriedOrRefused),
                    Map.entry("evidence_is_made_or_refused", Refusing::evidenceIsMadeOrRefused),
                    Map.entry("captures_are_read_from_streams", Scanning::capturesAreReadFromStreams),
                    Map.entry("a_panic_is_an_exception", Refusing::aPanicIsAnException),
                    Map.entry("stop_idle", Stopping::idle),
                    Map.entry("stop_while_events_are_awaited", Stopping::whileEventsAreAwaited),
                    Map.entry("stop_while_the_host_hangs", Stopping::whileTheHostHangs),
                    Map.entry("stop_while_the_owner_is_asked_for", Stopping::whileTheOwnerIsAskedFor),
                    Map.entry("stop_from_within_a_question", Stopping::fromWithinAQuestion),
                    Map.entry("stop_after_its_death", Stopping::afterItsDeath),
                    Map.entry("stop_after_the_tunnel_is_gone", Stopping::afterTheTunnelIsGone),
                    Map.entry("stop_many_at_once", Stopping::manyAtOnce),
                    Map.entry("stop_with_much_untold", Stopping::withMuchUntold),
                    Map.entry("a_thousand_times_without_growth", Stopping::aThousandTimesWithoutGrowth));

    /** See the class. */
    public static void main(String[] arguments) {
        try {
            System.load(arguments[0]);
            SCENARIOS.get(arguments[1]).run();
        } catch (Throwable failed) {
            failed.printStackTrace();
            // The engine's threads, left running, would keep the VM alive.
            System.exit(1);
        }
        System.out.println("held: " + arguments[1]);
        System.exit(0);
    }
}
