/**
 * Events other than HTTP, as data: which service sent an event, and which of its names are AWS's own. The forms of events are
 * taken from AWS's developer guides; {@code docs/events.md} describes the rule for names in full.
 */
package karamon.event;
