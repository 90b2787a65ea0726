{my.dotted-app/upper my.dotted-app.readers/upper}
