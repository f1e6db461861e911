Console.Error.WriteLine("orgschema: no command yet");
return 2;
