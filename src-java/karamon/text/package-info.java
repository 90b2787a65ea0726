/** Text: spelling hints, checks of option maps, percent-encoding. Depends on no other package of Karamon. */
package karamon.text;
