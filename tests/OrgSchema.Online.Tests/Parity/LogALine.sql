INSERT INTO public.log VALUES ('from a script')
