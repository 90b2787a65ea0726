(ns karamon.table.token
  "The one regex for the parts of SQL in which nothing has a meaning, and patterns with it.")

(set! *warn-on-reflection* true)

(def ^:private closed
  "A string, a quoted name or a comment, with its end. Possessive, so that long ones don't fill the stack."
  "'[^'\\\\]*+(?:\\\\.[^'\\\\]*+)*+'|\"[^\"\\\\]*+(?:\\\\.[^\"\\\\]*+)*+\"|`[^`]*+`|--[^\\n]*+|/\\*.*?\\*/")

(defn pattern
  "Returns the pattern of a string, quoted name or comment, as group 1, or of any of the `others`, regexes as texts. In these, a dot
  is any character, and letters match in any case."
  [& others]
  (re-pattern (apply str "(?is)(" closed ")" (map #(str "|" %) others))))

(defn quoted?
  "Returns whether a token is a string or a quoted name."
  [token]
  (contains? #{\' \" \`} (first token)))

(defn comment?
  "Returns whether a token is a comment."
  [token]
  (some? (re-find #"^(?:--|/\*)" token)))

(defn tokens
  "Returns the strings, quoted names, comments, words, spaces and other characters that SQL consists of."
  [sql]
  (map first (re-seq (pattern "\\w+" "\\s+" ".") sql)))
