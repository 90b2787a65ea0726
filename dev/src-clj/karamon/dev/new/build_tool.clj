(ns karamon.dev.new.build-tool
  "The build tools that a new project can have, and how to choose one."
  (:require
   [clojure.string :as str]
   [karamon.dev.options :as options])
  (:import
   (clojure.lang Reflector)
   (java.io Console)
   (karamon.text Nearest Shown)))

(set! *warn-on-reflection* true)

(def tools
  "A map of each build tool to `:files`, its build files, `:needs`, its name and address, and `:values`, the template's values
  that depend on it. Those of `:maven` are also the defaults of the archetype."
  {:deps  {:files  ["deps.edn"]
           :needs  "the Clojure CLI (https://clojure.org/guides/install_clojure)"
           :values {"buildFile"      "deps.edn"
                    "buildTool"      "the [Clojure CLI](https://clojure.org/guides/install_clojure)"
                    "karamonCommand" "clojure -M:karamon"
                    "packageCommand" "clojure -M:karamon package"
                    "sources"        "src"
                    "testCommand"    "clojure -M:test"}}
   :lein  {:files  ["project.clj"]
           :needs  "Leiningen (https://leiningen.org)"
           :values {"buildFile"      "project.clj"
                    "buildTool"      "[Leiningen](https://leiningen.org)"
                    "karamonCommand" "lein karamon"
                    "packageCommand" "lein karamon package"
                    "sources"        "src"
                    "testCommand"    "lein test"}}
   :maven {:files  [".mvn/jvm.config" "pom.xml"]
           :needs  "Maven (https://maven.apache.org)"
           :values {"buildFile"      "pom.xml"
                    "buildTool"      "[Maven](https://maven.apache.org)"
                    "karamonCommand" "path/to/karamon/karamon"
                    "packageCommand" "mvn package -DskipTests"
                    "sources"        "src-clj"
                    "testCommand"    "mvn test"}}})

(def ^:private default :deps)

(def option
  "The tools.cli option `--build`."
  ["-b" "--build TOOL" "deps (Clojure CLI), lein (Leiningen) or maven; without it, asks on a terminal, and otherwise takes deps"
   :parse-fn keyword :validate (options/one-of (sort (keys tools)))])

(defn terminal?
  "Returns true if a person can answer a question: standard input and output are a terminal."
  []
  (let [console (System/console)]
    (cond
      (nil? console) false
      ;; Since JDK 22 there can be a console without a terminal.
      (some #(= "isTerminal" (.getName ^java.lang.reflect.Method %)) (.getMethods Console))
      (boolean (Reflector/invokeInstanceMethod console "isTerminal" (object-array 0)))
      :else true)))

(defn ask
  "Asks for a build tool on `*out*` until a line of `*in*` names one; an empty line takes the default. Throws ex-info of `:type`
  `:karamon.dev.options/wrong` if the input ends."
  []
  (print "Build tool: deps (Clojure CLI), lein (Leiningen) or maven? [deps] ")
  (flush)
  (let [line   (or (read-line) (throw (options/wrong "No build tool chosen: pass --build deps, --build lein or --build maven")))
        answer (str/lower-case (str/trim line))]
    (cond
      (= "" answer)            default
      (tools (keyword answer)) (keyword answer)
      :else (do (println (str "No build tool " (Shown/of answer) "." (Nearest/hint answer (map name (keys tools)))))
                (recur)))))

(defn choose
  "Returns the build tool that the option named; without the option, asks if `terminal` is true."
  [named terminal]
  (cond
    named    named
    terminal (ask)
    :else    default))
