(ns user
  "For the REPL. Neither tests nor functions load it."
  (:require
   [nobody.has-this :as nothing]))
