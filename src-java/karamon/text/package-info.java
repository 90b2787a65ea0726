/** Text on its own: spelling hints, the check of option maps, percent-encoding. Ground floor: this package knows no other of ours. */
package karamon.text;
